"""What people see of referrals: the first town, the proposer and the other town."""

import pytest

from kyoso.core.access import Role
from kyoso.core.scope import tenant_scope
from kyoso.exchange.referrals import queries
from support.pages import text_of
from support.proposals import WHO, desk
from support.referrals import accept, consent, hand_over, make_pair, refer, settle, turn_down


@pytest.fixture
def pair(app):
    return make_pair()


@pytest.fixture
def our_desk(pair, member_of, browser):
    return browser(member_of(pair.ours, Role.SECRETARIAT))


@pytest.fixture
def their_desk(pair, member_of, browser):
    return browser(member_of(pair.theirs, Role.SECRETARIAT))


def at(town, what=""):
    return f"/{town.slug}/exchange/referrals/{what}"


def link(pair, what=""):
    return f"/{pair.ours.slug}/p/{pair.proposal.token}{what}"


def offers_of(pair):
    with tenant_scope(pair.ours.id):
        return queries.list_sent_of(desk(pair.ours), pair.proposal.id)


def test_from_the_decline_to_the_other_towns_desk(pair, our_desk, their_desk, visitor):
    page = our_desk.get(f"/{pair.ours.slug}/desk/proposals/{pair.proposal.id}")
    assert "ほかの自治体への紹介を確認する" in text_of(page)
    new = at(pair.ours, f"new/{pair.proposal.id}")
    assert "まず提案者に確認します" in text_of(our_desk.get(new))
    assert "紹介先の町" in text_of(our_desk.post(new, {"words": "x"}, status=422).text)
    form = {"towns": str(pair.theirs.id), "words": "にし町は食堂に力を入れています。"}
    our_desk.post(new, form)
    our_desk.post(new, form, status=422)
    assert "提案者に確認中" in text_of(our_desk.get(at(pair.ours)))

    assert "ほかの自治体にあなたの提案を紹介してよいか" in text_of(visitor.get(link(pair)))
    page = text_of(visitor.get(link(pair, "/referrals")))
    for words in (
        "にし町は食堂に力を入れています。",
        "お名前・団体名",
        "電話番号と住所も渡しません",
    ):
        assert words in page
    (sent,) = offers_of(pair)
    answer = {"chosen": str(sent.offer.id), "parts": ["name"], "wording": "2026-11"}
    bad = visitor.post(link(pair, "/referrals"), answer, status=422).text
    assert "「提案の本文」を渡さないと紹介できません" in text_of(bad)
    old = answer | {"parts": ["text"], "wording": "2020-01"}
    visitor.post(link(pair, "/referrals"), old, status=422)
    answer["parts"] = ["text", "name"]
    page = text_of(visitor.follow(visitor.post(link(pair, "/referrals"), answer)))
    assert "同意を受け付けました" in page
    visitor.post(link(pair, "/referrals"), answer)

    hand_over(pair.ours, sent.offer.id)
    assert "提案の本文、お名前・団体名" in text_of(visitor.get(link(pair)))
    assert "ひがし町からの紹介" in text_of(their_desk.get(at(pair.theirs)))
    detail = at(pair.theirs, str(sent.offer.id))
    page = text_of(their_desk.get(detail))
    for words in (WHO.proposer_name, "駅前の空き家を借りて", "渡されていません", "受付方針"):
        assert words in page
    assert WHO.email not in page
    first = their_desk.post(f"{detail}/accept")
    page = text_of(their_desk.follow(first))
    for words in ("受付番号", "ひがし町から、提案者の同意を得て紹介された提案です"):
        assert words in page
    assert their_desk.post(f"{detail}/accept").headers["Location"] == first.headers["Location"]
    settle(pair.ours, sent.offer.id)
    mine = visitor.get(link(pair))
    assert "にし町の専用リンクを開く" in text_of(mine)
    address = f"/{pair.theirs.slug}/p/{queries.secret_of(sent.offer.id)}"
    assert address in mine
    assert "提案を受け取りました" in text_of(visitor.get(address))
    our_page = text_of(our_desk.get(f"/{pair.ours.slug}/desk/proposals/{pair.proposal.id}"))
    assert "受け取りました" in our_page
    assert "他の自治体へ紹介" in our_page


def test_the_proposer_says_no_by_choosing_no_town(pair, visitor):
    from support.referrals import propose

    propose(pair.ours, pair.proposal.id, pair.theirs)
    answer = {"wording": "2026-11"}
    page = text_of(visitor.follow(visitor.post(link(pair, "/referrals"), answer)))
    assert "紹介を希望されないことを受け付けました" in page
    assert "提案者は希望せず" in page


def test_the_proposer_takes_the_consent_back(pair, visitor, their_desk):
    referral_id = refer(pair)
    assert "同意を取り消す" in text_of(visitor.get(link(pair)))
    visitor.post(link(pair, f"/referrals/{referral_id}/take-back"))
    assert "取下げ" in text_of(visitor.get(link(pair)))
    visitor.post(link(pair, f"/referrals/{referral_id}/take-back"), status=409)
    page = text_of(their_desk.get(at(pair.theirs, str(referral_id))))
    assert "もう見られません" in page
    assert "食堂" not in page
    their_desk.post(at(pair.theirs, f"{referral_id}/accept"), status=409)


def test_words_of_a_decline_reach_the_proposer(pair, their_desk, visitor, our_desk):
    referral_id = refer(pair)
    decline = at(pair.theirs, f"{referral_id}/decline")
    assert "「提案者への言葉」" in text_of(their_desk.post(decline, {}, status=422).text)
    their_desk.post(decline, {"words": "よい案ですが、今は人手が足りません。"})
    settle(pair.ours, referral_id)
    page = text_of(visitor.get(link(pair)))
    assert "紹介先で見送り" in page
    assert "よい案ですが、今は人手が足りません。" in page
    # The first town sees that it was declined, and not the words.
    assert "人手が足りません" not in our_desk.get(at(pair.ours))


def test_a_file_is_handed_out_while_it_waits(pair, their_desk):
    referral_id = refer(pair)
    page = their_desk.get(at(pair.theirs, str(referral_id)))
    url = page.partition(f"{referral_id}/files/")[2].partition('"')[0]
    answer = their_desk.fetch(at(pair.theirs, f"{referral_id}/files/{url}"))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "材料" in answer.text
    turn_down(pair.theirs, referral_id)
    their_desk.fetch(at(pair.theirs, f"{referral_id}/files/{url}"), status=404)


def test_another_proposers_link_takes_nothing_back(pair, visitor):
    from support.referrals import decline

    referral_id = refer(pair)
    other = decline(pair.ours)
    url = f"/{pair.ours.slug}/p/{other.token}/referrals/{referral_id}/take-back"
    visitor.post(url, status=404)


def test_staff_read_and_do_not_decide(pair, member_of, browser):
    referral_id = refer(pair)
    staff = browser(member_of(pair.theirs, Role.STAFF))
    page = text_of(staff.get(at(pair.theirs, str(referral_id))))
    assert "この町の提案として受け取る" not in page
    staff.post(at(pair.theirs, f"{referral_id}/accept"), status=403)
    staff.get(at(pair.theirs, f"new/{pair.proposal.id}"), status=403)


def test_an_empty_list_says_what_it_is_for(app, hinode, member_of, browser):
    page = text_of(browser(member_of(hinode, Role.ADMIN)).get(at(hinode)))
    assert "届いた紹介はありません" in page
    assert "こちらからの紹介はありません" in page


def test_lists_cost_the_same_however_long(pair, our_desk, count_statements):
    from support.referrals import decline, propose

    refer(pair)
    our_desk.get(at(pair.ours))
    with count_statements() as few:
        our_desk.get(at(pair.ours))
    for _ in range(3):
        made = decline(pair.ours)
        propose(pair.ours, made.id, pair.theirs)
        (offer_id,) = consent(pair.ours, made)
        hand_over(pair.ours, offer_id)
    with count_statements() as many:
        our_desk.get(at(pair.ours))
    assert len(many) == len(few) <= 8, many


def test_a_desk_that_neither_gave_nor_was_given_pays_one_statement_at_most(
    pair, their_desk, count_statements
):
    accepted = accept(pair.theirs, refer(pair))
    page = f"/{pair.theirs.slug}/desk/proposals/{accepted}"
    their_desk.get(page)
    with count_statements() as seen:
        their_desk.get(page)
    assert len([s for s in seen if "referral" in s]) == 1
