"""One page at a time from a site that does what such sites do."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from notifier.intake.limits import Limits
from notifier.intake.page_links import page_links
from notifier.watch.fetching import Fetcher, FetchFault
from tests.peers.land_site import LandSite, Page, dripping_site, land_site


@pytest.fixture
def site() -> Iterator[LandSite]:
    with land_site() as found:
        yield found


def fetch(site: LandSite, path: str, **given: str) -> bytes | None:
    return Fetcher(contact="it@example.com").fetch(site.url(path), allow_private=True, **given).data


def refused(site: LandSite, path: str, fetcher: Fetcher | None = None) -> FetchFault:
    with pytest.raises(FetchFault) as caught:
        (fetcher or Fetcher(contact="")).fetch(site.url(path), allow_private=True)
    return caught.value


def test_a_page_comes_whole_and_says_who_asks(site: LandSite) -> None:
    site.pages["/a"] = Page(body="公告".encode(), packed=True)
    assert fetch(site, "/a") == "公告".encode()
    path, headers = site.asked[-1]
    assert path == "/a"
    assert "it@example.com" in headers["User-Agent"]
    assert headers["Host"] == f"127.0.0.1:{site.port}"


def test_what_is_known_is_not_sent_again(site: LandSite) -> None:
    site.pages["/a"] = Page(body=b"x", etag='"1"')
    assert fetch(site, "/a", etag='"1"') is None
    assert fetch(site, "/a", etag='"0"') == b"x"


def test_the_day_of_the_last_change_is_sent_back_and_no_cookie(site: LandSite) -> None:
    day = "Tue, 06 May 2031 02:00:00 GMT"
    site.pages["/a"] = Page(body=b"x", headers={"Last-Modified": day, "Set-Cookie": "visit=1"})
    fetcher = Fetcher(contact="")
    page = fetcher.fetch(site.url("/a"), allow_private=True)
    fetcher.fetch(site.url("/a"), allow_private=True, modified=page.modified)
    _, headers = site.asked[-1]
    assert headers["If-Modified-Since"] == day
    assert "Cookie" not in headers


def test_what_a_site_does_not_want_read_is_not_asked_for(site: LandSite) -> None:
    site.pages["/robots.txt"] = Page(body=b"User-agent: *\nDisallow: /secret\n")
    site.pages["/secret/a"] = site.pages["/open"] = Page(body=b"x")
    fetcher = Fetcher(contact="")
    assert "robots.txt" in str(refused(site, "/secret/a", fetcher))
    assert fetcher.fetch(site.url("/open"), allow_private=True).data == b"x"
    assert site.paths == ["/robots.txt", "/open"]


def test_a_site_that_does_not_answer_for_its_rules_is_not_read(site: LandSite) -> None:
    site.pages["/robots.txt"] = Page(status=503)
    site.pages["/a"] = Page(body=b"x")
    assert "503" in str(refused(site, "/a"))
    assert site.paths == ["/robots.txt"]


def test_a_redirect_is_followed_on_the_same_site_alone(site: LandSite) -> None:
    site.pages["/a"] = Page(status=302, headers={"Location": "/b"})
    site.pages["/b"] = Page(body=b"x")
    site.pages["/c"] = Page(status=302, headers={"Location": "http://localhost.example/b"})
    site.pages["/d"] = Page(status=302, headers={"Location": "/d"})
    assert fetch(site, "/a") == b"x"
    assert "localhost.example" in str(refused(site, "/c"))
    assert "without end" in str(refused(site, "/d"))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a",
        "http://10.1.2.3/",
        "http://[::1]/",
        "http://169.254.169.254/latest/",
        "http://0.0.0.0/",
    ],
)
def test_a_private_network_is_not_entered(url: str) -> None:
    with pytest.raises(FetchFault, match="private network"):
        Fetcher(contact="").fetch(url)


_DISGUISED = (
    "0",
    "127.1",
    "[::ffff:10.0.0.1]",
    "[64:ff9b::a00:1]",
    "[2002:a00:1::]",
    "[::10.0.0.1]",
    "224.0.0.1",
)


@pytest.mark.parametrize("host", _DISGUISED)
def test_a_private_network_is_not_entered_by_another_spelling(host: str) -> None:
    with pytest.raises(FetchFault, match="private network"):
        Fetcher(contact="").fetch(f"http://{host}/")


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that are looked up from now on; `land.example` stands on this machine."""
    names: list[str] = []
    look_up = socket.getaddrinfo

    def answer(host: str, *arguments: Any, **options: Any) -> Any:
        names.append(host)
        return look_up("127.0.0.1" if host == "land.example" else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return names


def test_a_name_that_leads_to_a_private_network_is_not_followed(
    site: LandSite, looked_up: list[str]
) -> None:
    with pytest.raises(FetchFault, match="private network"):
        Fetcher(contact="").fetch(f"http://land.example:{site.port}/a")
    assert (looked_up, site.asked) == (["land.example"], [])


def test_a_name_is_looked_up_once_a_request_so_that_no_later_answer_counts(
    site: LandSite, looked_up: list[str]
) -> None:
    site.pages["/a"] = Page(body=b"x")
    fetcher = Fetcher(contact="")
    fetcher.fetch(f"http://land.example:{site.port}/a", allow_private=True)
    assert site.paths == ["/robots.txt", "/a"]
    assert looked_up.count("land.example") == 2
    assert site.asked[-1][1]["Host"] == f"land.example:{site.port}"
    with pytest.raises(FetchFault, match="private network"):  # the rules are known: asked again
        fetcher.fetch(f"http://land.example:{site.port}/a")


@pytest.mark.parametrize("part", [b"", b"Content-Type: text/html\r\n\r\n"], ids=["headers", "page"])
def test_a_site_that_sends_a_byte_now_and_then_is_let_go(part: bytes) -> None:
    with (
        dripping_site(b"HTTP/1.1 200 OK\r\n" + part) as url,
        pytest.raises(FetchFault, match="in time"),
    ):
        Fetcher(contact="", longest=0.3).fetch(url, allow_private=True)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.com/a", "http://user:key@example.com/"]
)
def test_only_pages_are_asked_for(url: str) -> None:
    with pytest.raises(FetchFault, match="no address of a web page"):
        Fetcher(contact="").fetch(url)


def test_what_is_gone_is_told_from_what_cannot_be_had(site: LandSite) -> None:
    site.pages["/busy"] = Page(status=429, headers={"Retry-After": "120"})
    site.pages["/no"] = Page(status=403)
    assert refused(site, "/none").gone
    busy = refused(site, "/busy")
    assert (busy.gone, busy.wait) == (False, timedelta(seconds=120))
    assert "403" in str(refused(site, "/no"))


def test_a_page_that_breaks_off_is_none(site: LandSite) -> None:
    site.pages["/a"] = Page(body=b"x" * 100, headers={"Content-Length": "1000"})
    assert "cannot be reached" in str(refused(site, "/a"))


def test_a_page_without_end_is_let_go(site: LandSite) -> None:
    site.pages["/a"] = Page(body=b"x" * 5_000_001)
    site.pages["/b"] = Page(body=b"0" * 30_000_000, packed=True)
    assert "larger" in str(refused(site, "/a"))
    assert "larger" in str(refused(site, "/b"))


# -- what is asked for by POST ---------------------------------------------------------------------

_QUESTION = '/list#{"page":1,"title":"公告"}'


def test_an_address_that_ends_in_json_is_asked_for_by_post_with_it(site: LandSite) -> None:
    site.pages[_QUESTION] = Page(body=b"{}", etag='"1"')
    fetcher = Fetcher(contact="it@example.com")
    page = fetcher.fetch(site.url(_QUESTION), allow_private=True, etag='"1"', modified="x")
    assert (page.data, page.url) == (b"{}", site.url("/list"))
    path, headers = site.asked[-1]
    assert path == _QUESTION
    assert headers["Content-Type"] == "application/json;charset=UTF-8"
    assert "it@example.com" in headers["User-Agent"]
    assert not {"If-None-Match", "If-Modified-Since", "Cookie"} & headers.keys()


def test_any_other_end_of_an_address_is_no_question(site: LandSite) -> None:
    site.pages["/a"] = Page(body=b"x")
    assert fetch(site, "/a#top") == b"x"
    assert fetch(site, "/a#/{}") == b"x"


def test_the_rules_of_a_site_hold_for_what_is_asked_for_by_post(site: LandSite) -> None:
    site.pages["/robots.txt"] = Page(body=b"User-agent: *\nDisallow: /list\n")
    site.pages[_QUESTION] = Page(body=b"{}")
    assert "robots.txt" in str(refused(site, _QUESTION))
    assert site.paths == ["/robots.txt"]


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_question_is_not_turned_into_the_request_of_a_page(site: LandSite, status: int) -> None:
    site.pages[_QUESTION] = Page(status=status, headers={"Location": "/#/404"})
    assert str(status) in str(refused(site, _QUESTION))
    assert site.paths == ["/robots.txt", _QUESTION]


def test_a_question_is_asked_again_where_the_site_says_so(site: LandSite) -> None:
    site.pages[_QUESTION] = Page(status=307, headers={"Location": '/new#{"page":7}'})
    site.pages[_QUESTION.replace("/list", "/new")] = Page(body=b"{}")
    assert fetch(site, _QUESTION) == b"{}"


def test_a_page_cannot_make_a_question_of_a_redirect(site: LandSite) -> None:
    site.pages["/a"] = Page(status=302, headers={"Location": '/b#{"page":7}'})
    site.pages["/b"] = Page(body=b"x")
    assert fetch(site, "/a") == b"x"


def test_rules_that_lead_in_a_circle_are_none(site: LandSite) -> None:
    site.pages["/robots.txt"] = Page(status=302, headers={"Location": "/#/404"})
    site.pages["/"] = Page(status=302, headers={"Location": "/#/404"})
    site.pages["/a"] = Page(body=b"x")
    assert fetch(site, "/a") == b"x"


# -- what a page leads to -------------------------------------------------------------------------

_URL = "https://land.example.gov.cn/notices/index.html"


def test_a_list_leads_to_its_notices_and_to_nothing_else() -> None:
    page = """<a href="/">首页</a><a href="a/1.html">测自然资告字〔2031〕7号挂牌出让公告</a>
      <a href="a/1.html#top">测自然资告字〔2031〕7号挂牌出让公告</a>
      <a href="2.html" title="关于延长报名时间的补充公告（全文）">关于延长…</a>
      <a href="3.html">测自然资告字〔2031〕5号成交结果公告</a>
      <a href="javascript:x()">拍卖公告列表更多</a>
      <a href="https://elsewhere.example/4.html">国有建设用地使用权拍卖出让公告</a>"""
    assert [link.url for link in page_links(page.encode("gb18030"), _URL, Limits()).entries] == [
        "https://land.example.gov.cn/notices/a/1.html",
        "https://land.example.gov.cn/notices/2.html",
    ]


@pytest.mark.parametrize(
    "feed",
    [
        '<rss version="2.0"><channel><item><title>国有建设用地使用权挂牌出让公告</title>'
        "<link>/1.html</link></item></channel></rss>",
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>国有建设用地使用权挂牌出让公告</title>'
        '<link href="/1.html"/></entry></feed>',
    ],
)
def test_a_feed_leads_to_its_notices(feed: str) -> None:
    (link,) = page_links(feed.encode(), _URL, Limits()).entries
    assert link.url == "https://land.example.gov.cn/1.html"


def test_attached_files_are_told_by_their_names() -> None:
    page = """<a href="x.xlsx">附件1：出让地块一览表.xlsx</a><a href="down?id=3">附件2.docx</a>
      <a href="logo.png">标志</a><a href="b.html">下一篇</a>"""
    found = [
        (link.url.rpartition("/")[2], link.text)
        for link in page_links(page.encode(), _URL, Limits()).files
    ]
    assert found == [("x.xlsx", "附件1：出让地块一览表.xlsx"), ("down?id=3", "附件2.docx")]


def test_a_page_that_a_script_draws_is_known_as_such() -> None:
    assert page_links(
        b"<html><script src=app.js></script><div id=app></div></html>", _URL, Limits()
    ).by_script
    assert not page_links(
        f"<html><script>x</script><p>{'公告' * 200}</p></html>".encode(), _URL, Limits()
    ).by_script
