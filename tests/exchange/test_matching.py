"""Why a person suits a need: every combination says something true, in words."""

import pytest

from kyoso.core.i18n import force_locale
from kyoso.exchange.matching import Asked, Offered, Sign, reasons, skills_met
from kyoso.identity.profiles.rules import WorkMode


@pytest.fixture(autouse=True)
def _japanese(app):
    with app.test_request_context(), force_locale("ja"):
        yield


def signs(asked: Asked, offered: Offered) -> dict[str, list[Sign]]:
    found: dict[str, list[Sign]] = {}
    for reason in reasons(asked, offered):
        found.setdefault(reason.what, []).append(reason.sign)
        assert reason.words.endswith("。")
    return found


@pytest.mark.parametrize(
    ("needed", "left", "sign"),
    [
        (10, 10, Sign.MET),
        (10, 9, Sign.PARTLY),
        (10, 0, Sign.MISSING),
        (10, -3, Sign.MISSING),
        (10, None, Sign.UNKNOWN),
        (None, 10, Sign.UNKNOWN),
        (None, None, Sign.UNKNOWN),
    ],
)
def test_hours(needed, left, sign):
    assert signs(Asked((), needed), Offered(hours_left=left))["時間"] == [sign]


@pytest.mark.parametrize("wanted", [None, *WorkMode])
@pytest.mark.parametrize("given", [None, *WorkMode])
def test_modes(wanted, given):
    (sign,) = signs(Asked(mode=wanted), Offered(mode=given))["働き方"]
    if wanted is None or given is None:
        assert sign is Sign.UNKNOWN
    elif given in {wanted, WorkMode.BOTH}:
        assert sign is Sign.MET
    else:
        assert sign is (Sign.PARTLY if wanted is WorkMode.BOTH else Sign.MISSING)


def test_skills_are_met_named_in_words_or_missing():
    asked = Asked(("デザイナー", "茶道", "測量", "動画"))
    offered = Offered(("designer", "茶道"), "動画も作ります。")
    assert skills_met(asked, offered) == ["デザイナー", "茶道"]
    assert signs(asked, offered)["得意なこと"] == [Sign.PARTLY, Sign.PARTLY, Sign.MISSING]
    short = Asked(("業務改善", "業務改善（BPR）"))
    assert signs(short, Offered(("業務改善（BPR）",)))["得意なこと"] == [Sign.MET]
    assert signs(Asked(("ﾃﾞｻﾞｲﾅｰ",)), offered)["得意なこと"] == [Sign.MET]
    assert signs(Asked(), offered)["得意なこと"] == [Sign.UNKNOWN]
