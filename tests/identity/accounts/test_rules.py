import uuid

import pytest

from kyoso.identity.accounts import rules

GOOD = "うさぎ かめ とんび はやぶさ"


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "correct horse battery staple",
        "twelve chars",
        "x" * 5 + "abcdefg" * 20,
        "taro.yamada とその犬のお散歩",
        "🐇🐢🐦🦅🐇🐢🐦🦅🐇🐢🐦🦅",
    ],
)
def test_length_is_enough(app, password):
    assert (
        rules.password_problem(password, email="taro.yamada@example.jp", name="山田 太郎") is None
    )


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "12文字以上"),
        ("eleven char", "いま11文字"),
        ("x" * 201, "200文字以内"),
        ("password1234", "推測されやすい"),
        ("PASSWORD1234", "推測されやすい"),
        ("ｐａｓｓｗｏｒｄ１２３４", "推測されやすい"),
        ("aaaaaaaaaaaaaaaa", "推測されやすい"),
        ("abababababababab", "推測されやすい"),
        ("taro.yamada@example.jp", "メールアドレスや氏名"),
        ("TARO.YAMADA1", "メールアドレスや氏名"),
        ("taro.yamada2026", "メールアドレスや氏名"),
        ("山田太郎山田太郎山田太郎", "メールアドレスや氏名"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(app, password, sentence):
    name = "山田 太郎" if "太" not in password else "山田 太郎"
    problem = rules.password_problem(password, email="taro.yamada@example.jp", name=name)
    assert problem is not None
    assert sentence in problem


def test_every_listed_password_is_long_enough_to_matter():
    assert [word for word in rules.COMMON if len(word) < rules.PASSWORD_MIN] == []


@pytest.mark.parametrize("token", ["", ".", "x", "123.secret", "zz" * 16 + ".s"])
def test_what_is_no_reset_link_is_read_as_none(token):
    assert rules.read_reset_token(token) is None


def test_a_reset_link_says_whose_it_is():
    person_id = uuid.uuid4()
    assert rules.read_reset_token(rules.reset_token(person_id, "secret")) == (person_id, "secret")


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("", ""),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Firefox/140.0", "Firefox · Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari · iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0",
            "Microsoft Edge · Windows",
        ),
        ("curl/8", ""),
    ],
)
def test_a_device_is_named_as_its_owner_would(agent, words):
    assert rules.short_agent(agent) == words
