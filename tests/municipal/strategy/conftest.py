from pathlib import Path

import pytest
from flask import Flask

from support.folders import TownFolder, copy_of_tenants

ORG_CHART = """
[[departments]]
slug = "dx"
name = "変革室"
until = "2022-03"
[[departments]]
slug = "seisaku"
name = "政策課"
"""
STRATEGY = """
[[visions]]
number = 5
title = "共創のデザイン"
reasons = ["不確実性", "多様化"]
[[visions.strategies]]
number = 13
title = "複業人材との共創"
target_talent = ["デジタルノマド"]
tactics = [
    { id = "13-2", departments = ["dx"], title = "各課での活用" },
    { id = "13-10", departments = ["seisaku", "dx"], kind = "pilot", title = "実証する" },
]
[[visions.strategies]]
number = 14
title = "町内外との共創"
tactics = [
    { id = "14-1", departments = ["seisaku"], kind = "own", title = "取得率100%", target = { value = 100, unit = "%" } },
]
"""


@pytest.fixture
def town(app: Flask, tmp_path: Path) -> TownFolder:
    folder = TownFolder(copy_of_tenants(tmp_path))
    folder.write("org_chart.toml", ORG_CHART)
    folder.write("strategy.toml", STRATEGY)
    return folder
