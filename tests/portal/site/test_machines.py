from kyoso.portal.site.feeds import ATOM, SITEMAP
from support.projects import make_project
from support.site import declare, make_notice, parse_xml


def test_the_feeds_name_the_newest_first(open_town, visitor, settings) -> None:
    town, _addresses = open_town
    make_project(town, 8, title="新しい & <さらに>")
    base = f"{settings.base_url}/{town.slug}"
    for place, title, link in (
        ("feed/projects.atom", "No.8 新しい & <さらに>", f"{base}/projects/8"),
        ("feed/news.atom", "報告会を開きます", f"{base}/news/"),
    ):
        response = visitor.fetch(f"/{town.slug}/{place}")
        assert response.mimetype == "application/atom+xml"
        feed = parse_xml(response.data)
        assert feed.tag == f"{{{ATOM}}}feed"
        assert feed.findtext(f"{{{ATOM}}}id") == f"{base}/{place}"
        entry = feed.findall(f"{{{ATOM}}}entry")[0]
        assert entry.findtext(f"{{{ATOM}}}title") == title
        assert entry.find(f"{{{ATOM}}}link").get("href").startswith(link)
        assert entry.findtext(f"{{{ATOM}}}updated")


def test_an_empty_feed_is_a_feed(hinode, visitor) -> None:
    for name in ("projects", "news"):
        feed = parse_xml(visitor.fetch(f"/{hinode.slug}/feed/{name}.atom").data)
        assert feed.findtext(f"{{{ATOM}}}updated")


def test_the_sitemap_names_every_public_page(open_town, visitor, settings) -> None:
    town, addresses = open_town
    tree = parse_xml(visitor.fetch(f"/{town.slug}/sitemap.xml").data)
    known = {e.text for e in tree.iter(f"{{{SITEMAP}}}loc")}
    for address in addresses:
        if "?" not in address and "guideline/" not in address:
            assert settings.base_url + address in known
    for address in known:
        visitor.get(str(address).removeprefix(settings.base_url))


def test_the_front_door_lists_the_towns(hinode, minato, visitor) -> None:
    page = visitor.get("/")
    for town in (hinode, minato):
        assert f'href="/{town.slug}/"' in page
    assert "参加している自治体" in page
    assert '<html lang="en">' in visitor.get("/?lang=en")


def test_a_towns_own_host_leads_to_its_portal(hinode, visitor) -> None:
    declare(hinode, hosts=["kyoso.hinode.example"])
    response = visitor.open("GET", "/", 302, headers={"Host": "Kyoso.Hinode.example:8000"})
    assert response.headers["Location"] == f"/{hinode.slug}/"


def test_robots_are_told_what_to_leave_alone(hinode, visitor, settings) -> None:
    text = visitor.fetch("/robots.txt").text
    assert "Disallow: /*/desk/" in text
    assert "Disallow: /*/applications/" in text
    assert f"Sitemap: {settings.base_url}/{hinode.slug}/sitemap.xml" in text


def test_health_is_one_word(visitor) -> None:
    assert visitor.fetch("/healthz").text == "ok\n"


def test_news_is_paged(hinode, visitor) -> None:
    for number in range(21):
        make_notice(hinode, f"お知らせ その{number}。")
    assert "1 / 2" in visitor.get(f"/{hinode.slug}/news")
    assert "お知らせ その0。" in visitor.get(f"/{hinode.slug}/news?page=9")
