import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyoso.tenancy.codes import check_digit, code_mistake, is_code, tenant_id

FIVE = st.text("0123456789", min_size=5, max_size=5)


@pytest.mark.parametrize("code", ["074071", "113611", "325252", "074021", "074080", "011002"])
def test_the_documented_codes_are_right(code: str) -> None:
    assert is_code(code)
    assert code_mistake(code) is None


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("074070", "末尾は「1」です"),
        ("113612", "末尾は「1」です"),
        ("12345", "6桁"),
        ("abcdef", "6桁"),
        ("０７４０７１", "半角"),
        ("74071", "先頭の0"),
        ("", "6桁"),
    ],
)
def test_a_wrong_code_is_told_how_to_mend_it(code: str, why: str) -> None:
    assert not is_code(code)
    assert why in (code_mistake(code) or "")


@given(FIVE)
def test_exactly_one_last_digit_makes_a_code(five: str) -> None:
    right = [digit for digit in "0123456789" if is_code(five + digit)]
    assert right == [check_digit(five)]


@given(FIVE, st.integers(0, 4), st.integers(1, 9))
def test_a_single_wrong_digit_is_noticed_unless_the_rule_itself_cannot(
    five: str, place: int, by: int
) -> None:
    code = five + check_digit(five)
    wrong = str((int(code[place]) + by) % 10)
    changed = code[:place] + wrong + code[place + 1 :]
    # The rule folds 0 and 1 of the remainder onto the digits 1 and 0, and 10 onto 0: two
    # remainders share the digit 0 and two share 1, and only those can hide a slip.
    if is_code(changed):
        assert code[5] in "01"


@given(FIVE)
def test_a_code_is_a_town_and_always_the_same_one(five: str) -> None:
    code = five + check_digit(five)
    assert tenant_id(code) == tenant_id(code)
    assert tenant_id(code).version == 5


def test_what_is_no_code_is_no_town() -> None:
    with pytest.raises(ValueError, match="検査数字"):
        tenant_id("074070")


def test_the_ids_of_the_three_towns_never_change() -> None:
    assert str(tenant_id("074071")) == "0e900b67-305a-598e-841e-9ac285bbf179"
