from __future__ import annotations

import datetime as dt

import pytest

from kyoso.core.db import db
from kyoso.core.scope import tenant_scope
from kyoso.municipal.intake.models import Guideline
from support.departments import make_department, make_tactic
from support.people import Town
from support.projects import make_project
from support.site import declare, make_need, make_notice

DECLARATION = {
    "programme": {
        "name": "ひので宝ラボ",
        "theme": "みんなでつくる",
        "site_menu": ["HOME", "宝ラボとは", "プロジェクト一覧"],
        "counts": {"proposals": 7, "adopted": 7, "as_of": "2021-03-28"},
        "rule": {"name": "ひので町認定制度要綱", "number": "訓令第50号", "fiscal_years": [2020]},
    },
    "population": {"value": 3309, "as_of": "2022-06-30"},
    "contact": {"phone": "0242-00-0000", "email": "seisaku@example.jp"},
    "faq": [
        {
            "question": "誰が提案できますか。",
            "answer": "どなたでも。",
            "question_en": "Who may propose?",
            "answer_en": "Anybody.",
        },
        {"question": "費用はかかりますか。", "answer": "**かかりません**。"},
    ],
    "agreements": [{"kind": "network", "parties": ["074071", "113611"], "signed": "2022-09-06"}],
}


@pytest.fixture
def open_town(hinode: Town) -> tuple[Town, list[str]]:
    """Return a town with one of everything, and the address of every page it then has."""
    declare(hinode, declaration=DECLARATION)
    department = make_department(hinode)
    make_tactic(hinode)
    make_project(
        hinode, 7, department_id=department, content="## やりたいこと", recruiting=True, team="町"
    )
    need = make_need(hinode, department)
    notice = make_notice(hinode)
    with tenant_scope(hinode.id):
        for day, title_en in ((dt.date(2020, 12, 8), None), (dt.date(2026, 4, 1), "Guideline")):
            db.session.add(
                Guideline(
                    tenant_id=hinode.id,
                    effective_on=day,
                    title=f"ガイドライン {day.year}",
                    body="## 目的\n\n一緒に。",
                    title_en=title_en,
                    body_en="## Purpose" if title_en else None,
                )
            )
        db.session.commit()
    places = (
        "",
        "about",
        "guideline",
        "guideline/2020-12-08",
        "projects",
        "projects?q=空き家&stage=planning&recruiting=yes",
        "projects?q=どこにもない",
        "projects/7",
        "needs",
        f"needs/{need}",
        "news",
        f"news/{notice}",
        "faq",
        "town",
        "how-to-propose",
        "accessibility",
        "privacy",
    )
    return hinode, [f"/{hinode.slug}/{place}" for place in places]
