"""The exchange at Japan's size: 1,741 towns, 60 networks, 100,000 listed people.

And 50,000 pieces of know-how. A tenth of both is in the network that is measured, of 45 towns;
the others share the rest.
Always the same: every choice comes from one seed.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from kyoso.core.search import grams, search_key
from kyoso.exchange.finding import Kind
from kyoso.exchange.know_how.rules import Field, Genre, Licence
from kyoso.identity.profiles.rules import SKILLS

TOWNS, NETWORKS, PEOPLE, PIECES = 1_741, 60, 100_000, 50_000
#: Of the network that is measured.
MEMBERS, LISTED, KNOWN = 45, 10_000, 5_000
SLUG, EMAIL = "machi-1", "bench@example.jp"

_WORDS = [
    "観光",
    "防災",
    "デザイン",
    "広報",
    "動画",
    "編集",
    "移住",
    "関係人口",
    "農業",
    "林業",
    "福祉",
    "介護",
    "子育て",
    "教育",
    "空き家",
    "交通",
    "環境",
    "エネルギー",
    "文化財",
    "博物館",
    "税",
    "窓口",
    "マイナンバー",
    "ふるさと納税",
    "写真",
    "ライティング",
    "イベント",
    "企画",
    "法務",
    "契約",
    "財務",
    "会計",
    "調達",
    "人事",
    "採用",
    "業務改善",
    "生成AI",
    "地図",
    "データ",
    "分析",
    "ソフトウェア",
    "開発",
    "運用",
    "町",
    "村",
    "地域",
    "住民",
    "支援",
    "相談",
    "経験",
    "年間",
    "東京",
    "福島",
    "島根",
    "埼玉",
    "在宅",
    "オンライン",
    "現地",
    "週",
    "時間",
    "対応",
    "可能",
]
_RARE = [chr(code) for code in range(0x4E00, 0x4E00 + 2500)]
_FIELDS = [
    "観光",
    "農業",
    "林業",
    "福祉",
    "教育",
    "交通",
    "環境",
    "文化",
    "税務",
    "広報",
    "法務",
    "人事",
    "情報",
    "建築",
    "財政",
]
_MODES = {
    "online": ["mode:online"],
    "on_site": ["mode:on_site"],
    "both": ["mode:online", "mode:on_site"],
}
_SPACE = uuid.UUID("0198b7a6-0000-7000-8000-000000000000")
_DAY = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)


def _id(kind: int, number: int) -> uuid.UUID:
    return uuid.UUID(int=_SPACE.int + (kind << 40) + number)


@dataclass(frozen=True)
class _Person:
    number: int
    town: int
    network: int
    skills: list[str]
    fields: list[str]
    mode: str
    hours: int
    text: str

    @property
    def name(self) -> str:
        return f"見本 {self.number}（見本）"


def _text(luck: random.Random) -> str:
    """Return about 280 characters, common words and rare ones."""
    words, length = [], 0
    while length < 280:
        common = luck.random() < 0.6
        word = luck.choice(_WORDS) if common else "".join(luck.choices(_RARE, k=luck.randint(1, 4)))
        if luck.random() < 0.3:
            word += luck.choice("のをにで、。")
        words.append(word)
        length += len(word)
    return "".join(words)


def _members(network: int) -> range:
    """Return the towns of a network."""
    if network == 1:
        return range(1, MEMBERS + 1)
    share = (TOWNS - MEMBERS) // (NETWORKS - 1)
    first = MEMBERS + 1 + (network - 2) * share
    last = TOWNS if network == NETWORKS else first + share - 1
    return range(first, last + 1)


def _people() -> Iterator[_Person]:
    luck = random.Random(20261122)  # noqa: S311
    skills = list(SKILLS)
    for number in range(1, PEOPLE + 1):
        network = 1 if number <= LISTED else 2 + number % (NETWORKS - 1)
        towns = _members(network)
        yield _Person(
            number,
            towns[number % len(towns)],
            network,
            luck.sample(skills, 4),
            luck.sample(_FIELDS, 2),
            luck.choice(list(_MODES)),
            luck.randrange(5, 60),
            _text(luck),
        )


def page(number: int, per_page: int = 20) -> str:
    """Return the address of a page of all who are listed in the network that is measured."""
    return f"0.{_id(5, LISTED - (number - 1) * per_page + 1).hex}"


def seed(url: str, password_hash: str) -> None:
    """Fill a migrated database, past the policies, as its superuser."""
    with psycopg.connect(url, autocommit=True) as connection:
        # Keys hold by construction: checking a million of them takes minutes.
        connection.execute("SET session_replication_role = replica")
        _towns(connection)
        _account(connection, password_hash)
        numbers = dict(connection.execute("SELECT id, number FROM exchange.networks").fetchall())
        people = list(_people())
        _everybody(connection, people)
        _know_how(connection)
        _index(connection, [*_of_people(people, numbers), *_of_know_how(numbers)])
        connection.execute("VACUUM ANALYZE")


def _towns(connection: psycopg.Connection) -> None:
    with connection.cursor().copy(
        "COPY tenancy.tenants (id, code, slug, name, name_kana, prefecture, status, hosts,"
        " declaration) FROM STDIN"
    ) as out:
        for n in range(1, TOWNS + 1):
            row = (_id(1, n), f"{n:06}", f"machi-{n}", f"見本{n}町", "みほんちょう", "見本県")
            out.write_row((*row, "active", "{}", "{}"))
    for n in range(1, NETWORKS + 1):
        connection.execute(
            "INSERT INTO exchange.networks (id, slug, name, agreement_title, parties,"
            " notice_months, founded_by) VALUES (%s, %s, %s, '協定', '{}', 3, %s)",
            (_id(2, n), f"net-{n}", f"見本ネットワーク{n}", _id(1, _members(n)[0])),
        )
    with connection.cursor().copy(
        "COPY exchange.network_members (tenant_id, id, network_id, status, joined_on) FROM STDIN"
    ) as out:
        for n in range(1, NETWORKS + 1):
            for town in _members(n):
                out.write_row((_id(1, town), _id(3, town), _id(2, n), "active", _DAY.date()))


def _account(connection: psycopg.Connection, password_hash: str) -> None:
    person = uuid.uuid5(uuid.NAMESPACE_URL, EMAIL)
    connection.execute(
        "INSERT INTO identity.people (id, email, name, name_kana, locale, password_hash)"
        " VALUES (%s, %s, '見本 測子（見本）', '', 'ja', %s)",
        (person, EMAIL, password_hash),
    )
    connection.execute(
        "INSERT INTO identity.memberships (tenant_id, id, person_id, name, email, roles)"
        " VALUES (%s, %s, %s, '見本 測子（見本）', %s, '{secretariat}')",
        (_id(1, 1), _id(9, 1), person, EMAIL),
    )


def _everybody(connection: psycopg.Connection, people: list[_Person]) -> None:
    _copy(
        connection,
        "identity.people (id, email, name, name_kana, locale)",
        ((_id(4, p.number), f"p{p.number}@example.jp", p.name, "", "ja") for p in people),
    )
    _copy(
        connection,
        "identity.profiles (person_id, name, skills, fields, hours_offered, mode, revision,"
        " updated_at)",
        ((_id(4, p.number), p.name, p.skills, p.fields, p.hours, p.mode, 1, _DAY) for p in people),
    )
    # Two of three work for their town already, and one of six for another one, too.
    _copy(
        connection,
        "identity.booked_hours (tenant_id, source_id, person_id, hours, from_month)",
        (
            (_id(1, town), _id(6 + second, p.number), _id(4, p.number), p.hours // 3, _DAY.date())
            for p in people
            for second, town in enumerate((p.town, 1 + p.town % TOWNS))
            if p.number % 3 and not (second and p.number % 6)
        ),
    )
    _copy(
        connection,
        "exchange.listings (tenant_id, id, network_id, person_id, talent_id, status, asked_by,"
        " asked_at, published_at, consent_id, until, parts, name, bio, skills, fields, languages,"
        " hours_offered, mode)",
        (
            (
                *(_id(1, p.town), _id(5, p.number), _id(2, p.network), _id(4, p.number)),
                *(_id(8, p.number), "published", "見本", _DAY, _DAY, _id(10, p.number)),
                dt.date(2099, 1, 1),
                ["name", "bio", "skills", "fields", "languages", "hours_offered", "mode"],
                *(p.name, p.text, p.skills, p.fields, ["日本語"], p.hours, p.mode),
            )
            for p in people
        ),
    )


@dataclass(frozen=True)
class _Piece:
    number: int
    town: int
    network: int
    genre: str
    field: str
    licence: str
    title: str
    text: str


def _pieces() -> Iterator[_Piece]:
    luck = random.Random(20261123)  # noqa: S311
    for number in range(1, PIECES + 1):
        network = 1 if number <= KNOWN else 2 + number % (NETWORKS - 1)
        towns = _members(network)
        yield _Piece(
            number,
            towns[number % len(towns)],
            network,
            luck.choice(list(Genre)).value,
            luck.choice(list(Field)).value,
            luck.choice(list(Licence)).value,
            f"{luck.choice(_WORDS)}の{luck.choice(_WORDS)}（見本）{number}",
            _text(luck),
        )


def piece_page(number: int, per_page: int = 20) -> str:
    """Return the address of a page of all know-how in the network that is measured."""
    return f"0.{_id(11, KNOWN - (number - 1) * per_page + 1).hex}"


def _know_how(connection: psycopg.Connection) -> None:
    _copy(
        connection,
        "exchange.know_how_listings (id, owner_id, author_id, network_ids, is_public, version,"
        " genre, title, summary, body, field, licence, published_at)",
        (
            (
                *(_id(11, p.number), _id(1, p.town), _id(1, p.town), [_id(2, p.network)], False, 1),
                *(p.genre, p.title, p.text[:100], p.text, p.field, p.licence, _DAY),
            )
            for p in _pieces()
        ),
    )


@dataclass(frozen=True)
class _Indexed:
    place: int
    kind: Kind
    item: uuid.UUID
    owner: uuid.UUID
    subject: uuid.UUID | None
    title: str
    words: str
    facets: list[str]


def _of_people(people: list[_Person], numbers: dict[uuid.UUID, int]) -> Iterator[_Indexed]:
    for p in people:
        skills = "\n".join(SKILLS[skill] for skill in p.skills)
        yield _Indexed(
            numbers[_id(2, p.network)],
            Kind.TALENT,
            _id(5, p.number),
            _id(1, p.town),
            _id(4, p.number),
            search_key(p.name),
            search_key(f"{p.name}\n{p.text}\n{skills}"),
            [
                *(f"town:machi-{p.town}", *(f"skill:{skill}" for skill in p.skills)),
                *(f"field:{field}" for field in p.fields),
                *("language:日本語", *_MODES[p.mode], "hours:shown"),
            ],
        )


def _of_know_how(numbers: dict[uuid.UUID, int]) -> Iterator[_Indexed]:
    for p in _pieces():
        yield _Indexed(
            numbers[_id(2, p.network)],
            Kind.KNOW_HOW,
            _id(11, p.number),
            _id(1, p.town),
            None,
            search_key(p.title),
            search_key(f"{p.title}\n{p.text}"),
            [
                *(f"genre:{p.genre}", f"field:{p.field}", f"licence:{p.licence}"),
                f"town:machi-{p.town}",
            ],
        )


def _index(connection: psycopg.Connection, entries: list[_Indexed]) -> None:
    """Write the index as publishing would; all at once, with its GIN made afterwards."""
    facets = sorted({facet for entry in entries for facet in entry.facets})
    known = dict(
        connection.execute(
            "SELECT f, exchange.facet_token(f) FROM unnest(%s::text[]) AS f", (facets,)
        ).fetchall()
    )

    def rows() -> Iterator[tuple[object, ...]]:
        for e in entries:
            prefix = (e.kind << 60) | (e.place << 42)
            tokens = [prefix | gram for gram in grams(e.words)]
            tokens += [-(prefix | known[facet]) for facet in e.facets]
            key = (e.place, e.kind.value, e.item, e.owner, e.subject)
            yield (*key, e.title, e.words, e.facets, tokens)

    # Filled with its GIN index, the same takes three minutes instead of one.
    found = connection.execute(
        "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_search_entries_tokens'"
    ).fetchone()
    assert found is not None
    connection.execute("DROP INDEX exchange.ix_search_entries_tokens")
    _copy(
        connection,
        "exchange.search_entries (place, kind, item_id, owner_id, subject_id, title, words, facets,"
        " tokens)",
        rows(),
    )
    connection.execute("SET maintenance_work_mem = '512MB'")
    connection.execute(str(found[0]))  # type: ignore[call-overload]


def _copy(connection: psycopg.Connection, target: str, rows: Iterator[tuple[object, ...]]) -> None:
    with connection.cursor().copy(f"COPY {target} FROM STDIN") as out:  # type: ignore[arg-type]
        for row in rows:
            out.write_row(row)
