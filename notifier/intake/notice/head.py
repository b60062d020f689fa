"""Read the head of a notice: kind, numbers, title, authority, city, dates, platform, telephones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from notifier.domain.times import shanghai
from notifier.domain.values import Kind
from notifier.errors import TimeNotUnderstood
from notifier.intake.notice.conditions import condition
from notifier.intake.notice.folded_text import Line
from notifier.intake.notice.scan import OTHER, heading_label
from notifier.intake.written_times import instant_of, tokens

_OPEN, _SHUT = r"[\[(【〔]", r"[\])】〕]"
_YEAR = r"20\d ?\d ?年?"
_NUMBER = re.compile(
    rf"(?:[一-鿿*]|\([一-鿿]{{1,3}}\)){{0,20}}?(?:{_OPEN}{_YEAR}{_SHUT}(?:[一-鿿]{{0,2}}字)?第?|字{_YEAR}第|\([一-鿿]\)20\d\d-)"
    r" ?[A-Za-z]{0,4}\d{1,6}(?:-\d{1,3})?(?: ?号)?"
)
_NOT_OF_A_NOTICE = re.compile(r"函|综|规|令|文|批|通知|通字|办|条|第.{0,3}条|储|地块|编|P$|P\(")
_OF_A_NOTICE = re.compile(r"告|挂|拍|公|让|租|招|交")
_YEAR_OF = re.compile(rf"{_OPEN}(20\d ?\d)|字(20\d\d)第|\)(20\d\d)-")
_TITLE = re.compile(r"[^。;,:]{0,60}?(?:公告|预公告|公示|公告书)(?=$|[^栏时期发内之日])")
_OTHER_TITLES = (
    r"(?:补充|更正|变更|延期|澄清)说明|(?:结果|成交)公布|出让预告"
    r"|(?:中止|暂停|暂缓|恢复|终止|延期|推迟|更正|出让)[^。;,:《]{0,30}通知"
    r"|供[应地]计划的通知"
)
# what may stand before a number without belonging to it
_BEFORE_NUMBER = re.compile(
    r"^(?:.*决定.*(?:出让|转让|租赁|挂牌|拍卖)|.*(?:公告|编号[为是:]?|批准,?|根据|按照|发布的?了?|关于|了|中止|终止|暂停|恢复|撤销|取消|调整|变更|更正|修改|补充|延期)|.+(?:将|对|因|由|的))(?=[一-鿿(\[])"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """What a notice states of itself.

    `number_year` is the year in its number; `refers_to` the numbers of earlier notices; `reported`
    the day of a report, which tells of a notice and is none itself; `way`: how land is offered,
    if it is.
    """

    kind: Kind
    way: Kind = Kind.LISTING
    notice_no: str = ""
    number_year: int | None = None
    title: str = ""
    authority: str = ""
    city: str = ""
    published: date | None = None
    platform: str = ""
    contacts: tuple[str, ...] = ()
    refers_to: tuple[str, ...] = ()
    is_report: bool = False
    is_titled_result: bool = False
    reported: date | None = None


def read_head(lines: Sequence[Line], page_title: str) -> Head:
    """Read what the text states of the notice as a whole.

    A value that it does not state is empty.
    """
    texts = [line.text for line in lines]
    title = _title(texts, page_title)
    body = "。".join(texts)
    kind = read_kind(title, body)
    number, referred = _numbers_of_change(texts) if kind in _LATER else (_number(texts), ())
    year = _YEAR_OF.search(number)
    authority = _authority(texts, body)
    return Head(
        kind=kind,
        way=_offering(title, body),
        notice_no=number,
        number_year=int("".join(group for group in year.groups() if group).replace(" ", ""))
        if year
        else None,
        title=title,
        authority=authority,
        city=_city(body, authority, title),
        published=_published(texts),
        platform=_platform(body),
        contacts=tuple(dict.fromkeys(_PHONE.findall(body)))[:_MOST_CONTACTS],
        refers_to=referred,
        is_report=is_report(body),
        is_titled_result=re.search(_TITLES[0][1], title) is not None,
        reported=_reported_on(texts) if is_report(body) else None,
    )


_HEAD_LINES = 8
_LATER = frozenset(
    {
        Kind.POSTPONEMENT,
        Kind.CORRECTION,
        Kind.SUSPENSION,
        Kind.RESUMPTION,
        Kind.TERMINATION,
        Kind.RESULT,
    }
)


def _title(texts: Sequence[str], page_title: str) -> str:
    joined = [_whole_title(before, text) for before, text in pairwise(["", *texts[:40]])]
    found = [
        title
        for text in [*joined, page_title]
        if not _NAVIGATION.search(text) and (title := _title_in(text))
    ]
    offers = [title for title in found if _ABOUT_LAND.search(title)]
    return min(
        offers or found, key=lambda title: _SITES_HEADING.search(title) is not None, default=""
    )


# over all that a site publishes
_SITES_HEADING = re.compile(r"出让公示$|^(?:首页)?招标公告$")
# the way to a page through its site, and the menu of a site: `首页|土地交易|成交公告`
_NAVIGATION = re.compile(r"[>›»].*[>›»]|首页.*[>›»|]|(?:[^|]{2,8}\|){2,}[^|]{2,8}$")
_ABOUT_LAND = re.compile(
    r"出让|转让|租赁|使用权|挂牌|拍卖|招标|地块|宗地|土|用地|延|更正|补充|变更|调整|止|暂|恢复|撤"
)
_WHOLE_TITLE = re.compile(
    rf"[^。;,:《]{{2,100}}(?:公告|公示)|[^。;,:《]{{0,80}}(?:{_OTHER_TITLES})"
)


def _whole_title(before: str, text: str) -> str:
    """A title that its page broke in two is one again."""
    if (
        len(before) <= 30
        and re.match(r"使用权|挂牌|拍卖|公开|出让|国有", text)
        and before.endswith(("地", "权", "地块", "号"))
    ):
        return before + text
    return text


def _title_in(text: str) -> str:
    if _WHOLE_TITLE.fullmatch(text) and (text.startswith("关于") or not _SENTENCE.search(text)):
        return text.lstrip("-·# ")
    if "公" not in text:
        return ""
    found = _TITLE.search(_NUMBER.sub(_words_before, text) if len(text) < 120 else text[:200])
    if found is None or _SENTENCE.search(found[0]):
        return ""
    before = found.string[: found.start()]
    if before.endswith(":") and not before.endswith(("标题:", "公告名称:", "主题:")):
        return ""  # what another label says: `竞得人名称:终止公告`
    return re.sub(r"^[-·#“《、\d ]+(?!年)", "", found[0])


def _words_before(number: re.Match[str]) -> str:
    """Return the words that run into a number: `…延期的公告` before `定国土告字〔2031〕15号`."""
    return number[0][: number[0].rfind(_bare(number[0]))]


_SENTENCE = re.compile(
    r"^[一二三四五六七八九十]+、|另行公告|如下|有关|发布了?$|来源|本次|事项|申请人|^在|^将|届时|如有|详见|^(?:我|本)(?:局|委|中心|单位|公司)|^(?:根据|因|经|现)"
)

_EFFECTS: tuple[tuple[Kind, str], ...] = (
    (
        Kind.TERMINATION,
        r"(?:决定|现|予以|现予)[^。;,]{0,20}?(?:终止|撤销|撤回|取消|撤牌)[^。;,]{0,30}?(?:出让|拍卖|挂牌|交易|公告|活动|地块|宗地|,|。|$)|(?:予以|现予)(?:终止|撤销|撤回|取消)",
    ),
    (
        Kind.SUSPENSION,
        r"(?:决定|现|予以|现予|将)[^。;,]{0,20}?(?:中止|暂停|暂缓)|(?:中止|暂停|暂缓)[^。;,]{0,20}?(?:出让|拍卖|挂牌|交易)活动",
    ),
    (Kind.RESUMPTION, r"(?:决定|现|予以|现予)[^。;,]{0,20}?恢复"),
)
_DECIDED = re.compile(
    r"决定[^。;,]{0,24}?(?:(?P<ends>终止|撤销|撤回|取消)|(?P<rests>中止|暂停|暂缓)|恢复)"
)
_TITLES: tuple[tuple[Kind, str], ...] = (
    (
        Kind.RESULT,
        r"结果|(?<!未)成交(?!价)|出让公示|成交公示|(?:流拍|未成交)(?:的|地块)?(?:公告|公示|情况|说明|通知)",
    ),
    (Kind.RESUMPTION, r"恢复|重新启动|重启"),
    (Kind.SUSPENSION, r"中止|暂停|暂缓|叫停"),
    (Kind.TERMINATION, r"终止|撤销|撤回|取消|撤牌"),
    (Kind.POSTPONEMENT, r"延期|延长|顺延|推迟|延后"),
    (Kind.CORRECTION, r"更正|补充|变更|调整|修正|修改|勘误|澄清"),
)
_MOVED = re.compile(
    r"\d(?:[日时分]|:\d\d)[止整起”\")]{0,3}(?:[,，]?(?:现|均)?(?:延期|延长|顺延|推迟|延后|调整|变更|更正|修改|更改|改|延)(?:为|至|到)"
    r"[“\"]?[^。;,\d]{0,14}\d{1,4}[年月]|(?:有误|应为)[^。;]{0,24}\d{1,4}[年月])"
)
# without a title: `现对…公告作如下补充`
_SUPPLEMENTS = re.compile(r"公告[^。;]{0,60}(?:作|做|进行)(?:出)?如下(?:补充|更正|变更|调整|修改)")


_BY_AGREEMENT = re.compile(r"发布预公告|(?:决定|拟|以)(?:采[取用])?协议(?:方式)?出让|协议出让公告")
_NOT_YET = re.compile(r"预公告|出让预告|拟出让|批前公示|划拨(?:用地)?(?:公示|公告|决定)")


# what newspapers and agents write of an offer, by what comes first in their text
_REPORTED: tuple[tuple[Kind, str], ...] = (
    (Kind.OTHER, r"供应计划|供地计划|计划供[应地]|供应清单|拟供应|收回[^。;]{0,20}使用权"),
    (Kind.TERMINATION, r"终止|撤牌|撤销|撤回|取消(?:了)?(?:挂牌|拍卖|出让|交易)"),
    (Kind.SUSPENSION, r"中止|暂停|暂缓|叫停"),
    (Kind.RESUMPTION, r"恢复(?:了)?(?:挂牌|拍卖|出让|交易|土地|上述|该)|重启|重新挂牌"),
    (Kind.POSTPONEMENT, r"延期|延长|延后|推迟|顺延"),
    (
        Kind.RESULT,
        r"成交(?!价|确认|的?条件)|竞得(?!人|者|后)|摘得|流拍|流挂|(?<!如果)(?<!若)成功出让|成功拍|拍卖结果|竞拍结果"
        r"|揽金|溢价|落槌",
    ),
)
_OFFICIAL = re.compile(
    r"(?:公告|通知|公示|说明|更正|变更|补充|调整)如下|特此(?:公告|通知|公示|说明)|现(?:予|将)[^。]{0,30}公[告示]|我局|我中心|本局"
)
# words of notices that reports quote, too
_LIKE_OFFICIAL = re.compile(
    r"申请人(?:可|应|须|需|按|于|请)|有意竞买者|(?:竞买人|竞买者|竞投人)(?:[可应请][于在到自]|应当)|(?:详见|见|以)[^。]{0,8}(?:挂牌|拍卖|出让)[^。]{0,4}文件"
)
_BYLINE = re.compile(r"\((?:本报)?记者[^()]{1,12}\)|记者[^,。]{0,12}(?:从|获悉|了解到)|本报讯")
_REPORT = re.compile(
    r"记者|据悉|据了解|据报道|网讯|日讯|报讯|消息|(?<![\d之当作次本])日前|近日|昨日|今日|获悉|发布(?:了)?(?:补充)?公告|发布关于|公告显示"
    r"|来源(?!:?[一-鿿]{2,24}(?:局|中心|政府|委员会|厅))"
)
_REPORT_HEAD = 400


def is_report(body: str) -> bool:
    """Return whether the text tells of a notice and is none itself."""
    if _OFFICIAL.search(body) is not None:
        return False
    if _BYLINE.search(body) is not None:
        return True
    is_told = _REPORT.search(body[: 2 * _REPORT_HEAD]) is not None
    return is_told and _LIKE_OFFICIAL.search(body) is None


def _reported_kind(text: str) -> Kind | None:
    """Return what a report tells first that was done; None where it tells of an offer."""
    found = [
        (match.start(), kind)
        for kind, words in _REPORTED
        if (match := re.search(words, text)) is not None
    ]
    if not found:
        return None
    at, kind = min(found)
    is_to_come = _TO_COME.search(text, 0, at) is not None or _AGAIN.search(text) is not None
    is_offer = (kind is Kind.RESULT and is_to_come) or (
        kind is Kind.OTHER and _TITLE_OF_AN_OFFER.search(text) is not None
    )
    return None if is_offer else kind


_OF_AN_OFFER = re.compile(r"公告|公示")  # in a title
_TITLE_OF_AN_OFFER = re.compile(r"《[^》]*(?:挂牌|拍卖|招标)[^》]*(?<!预)(?<!结果)公告》")
_AGAIN = re.compile(r"将[^。]{0,16}再次")  # what failed to sell is offered anew
_TO_COME = re.compile(
    r"将(?:迎来|于|在|以|推出|出让|挂牌|拍卖)|即将|拟(?:于|出让)|待出让|接受(?:竞拍|竞买)?(?:登记|报名)"
)


def _first_way(text: str) -> Kind | None:
    """The way of offering that a report names first."""
    found = [(text.find(word), kind) for kind, word in _WAYS.items() if word in text]
    if not found and "投标" in text:
        return Kind.TENDER
    return min(found)[1] if found else None


def read_kind(title: str, body: str) -> Kind:
    """Return what the notice does.

    Its own words count before its title: a 补充公告 may withdraw parcels.
    """
    bare = re.sub(r"《[^》]*》", "", title)
    if re.search(_REPORTED[0][1], bare):
        return Kind.OTHER
    is_like_official = _LIKE_OFFICIAL.search(body) is not None
    if is_report(body) and not is_like_official:
        reported = _reported_kind(body[:_REPORT_HEAD])
        return reported or _first_way(body) or _offering(bare, body)
    if _NOT_YET.search(bare) or _BY_AGREEMENT.search(title + body[:600]):
        return Kind.OTHER
    named = next((kind for kind, words in _TITLES if re.search(words, bare)), None)
    if named is None and _SUPPLEMENTS.search(body):
        named = Kind.CORRECTION
    if named is Kind.CORRECTION or (
        named is None and not re.search(r"现将[^。]{0,20}公告如下", body)
    ):
        plain = re.sub(r"《[^》]*》", "", body)
        for last in [*_DECIDED.finditer(plain)][-1:]:
            if last["ends"]:
                return Kind.TERMINATION
            return Kind.SUSPENSION if last["rests"] else Kind.RESUMPTION
        effect = next((kind for kind, words in _EFFECTS if re.search(words, plain)), None)
        if effect is not None:
            return effect
    moved = _MOVED.search(body)
    if (
        named is None
        and moved is not None
        and not condition(body[body.rfind("。", 0, moved.start()) + 1 : moved.start()])
    ):
        return Kind.POSTPONEMENT if re.search("延|推迟", moved[0]) else Kind.CORRECTION
    is_official = is_like_official or _OFFICIAL.search(body) is not None
    if named is None and not _OF_AN_OFFER.search(bare) and not is_official:
        named = _reported_kind(body[:_REPORT_HEAD])
    return named or _offering(bare, body)


_WAYS = {Kind.LISTING: "挂牌", Kind.AUCTION: "拍卖", Kind.TENDER: "招标"}
_BY = re.compile(
    r"(?:以|采用|采取|按|实行|进行|组织|公开)[^。,;]{0,14}?(挂牌|拍卖|招标)(?:方式|出让|转让|租赁|交易)?"
)
_LAW = re.compile(r"招标[、,]?拍卖[、,]?挂牌|招拍挂|拍卖有限|拍卖行|拍卖公司|拍卖挂牌|《[^》]*》")
_EITHER = re.compile(r"(?<!招标、)拍卖(?:方式)?或者?挂牌|挂牌(?:方式)?或者?拍卖")
_TIMED = {
    Kind.AUCTION: re.compile(
        r"拍卖(?:会|出让|报价)?(?:的)?时间|拍卖会?(?:定于|于)|将公开拍卖|(?:举行|召开|举办)拍卖会"
    ),
    Kind.LISTING: re.compile(r"挂牌(?:出让|交易|报价|竞价)?(?:的)?(?:时间|期限|开始|截止)"),
}


def _offering(title: str, body: str) -> Kind:
    """Return how land is offered.

    Where an auction or a listing follows, the auction is the notice's kind (DESIGN).
    """
    bare = _LAW.sub("", title)
    named = [kind for kind, word in _WAYS.items() if word in bare]
    # a site's own name may have another: `挂牌出让公告-招标信息网`
    offered = [kind for kind, word in _WAYS.items() if f"{word}出让" in bare]
    text = _LAW.sub("", body)
    timed = [kind for kind, words in _TIMED.items() if words.search(text)]
    ways = {found[1] for found in _BY.finditer(text)}
    by = [kind for kind, word in _WAYS.items() if word in ways]
    for kinds in (offered if len(offered) == 1 else named, timed, by):
        if kinds:
            return Kind.AUCTION if Kind.AUCTION in kinds else kinds[0]
    if _EITHER.search(text):
        return Kind.AUCTION
    return next((kind for kind, word in _WAYS.items() if word in text), Kind.LISTING)


def _number(texts: Sequence[str]) -> str:
    best, most = "", 0
    for place, text in enumerate(texts):
        for found in _NUMBER.finditer(text) if "20" in text else ():
            value = _bare(found[0])
            score = 1 + (3 if text.strip("()") == value else 0) + (2 if place < 8 else 0)
            prefix = re.split(_OPEN, value)[0]
            score += 3 if _OF_A_NOTICE.search(value[: max(len(prefix), 8)]) else 0
            score -= (
                6
                if _NOT_OF_A_NOTICE.search(prefix)
                and not prefix.endswith(("告", "告字", "拍", "挂", "招", "让", "出"))
                else 0
            )
            score -= 3 if len(prefix) < 2 else 0
            begin = found.end() - len(value)
            score -= 6 if _ANOTHERS.search(text[max(begin - _REACH, 0) : begin]) else 0
            if score > most:
                best, most = value, score
    return best if most >= 4 else ""


_REACH = 100  # characters before a number that may say whose it is
# `…发布的《…公告》(…号)`: an earlier notice
_ANOTHERS = re.compile(r"(?:发布|刊登|公布)[^。;]{0,60}》\($")


def _bare(number: str) -> str:
    return _BEFORE_NUMBER.sub("", number.strip("()")).lstrip("(")


# around the number of a notice that is talked about
_TALKED_OF = re.compile(
    r"(?:发布|关于|原|《|因|对|将|根据|按照|止|暂停|恢复|撤销|取消|公告》?\()[^。;]{0,20}$"
)
_GOES_ON = re.compile(r"\)?(?:公告|《|国有|中|的|[^,。;]{0,6}(?:地块|宗地))")


def _numbers_of_change(texts: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """(its own number, those of the notices that it talks of)."""
    own, others = "", dict[str, None]()
    for place, text in enumerate(texts):
        for found in _NUMBER.finditer(text):
            number = _bare(found[0])
            if not _OF_A_NOTICE.search(number):
                continue
            before, after = text[: found.end() - len(number)], text[found.end() :]
            talked_of = _TALKED_OF.search(before) or (_GOES_ON.match(after) and text != number)
            if not own and not talked_of and place < _HEAD_LINES:
                own = number
            elif number != own or talked_of:
                others[number] = None
    return own, tuple(others)


_LABELLED_DATE = re.compile(
    r"(?:(?:发布|公开|公告发布|生成|成文|发文|公告)(?:时间|日期)|^(?:日期|时间)):?(?=20\d\d)(?!.{0,40}至20\d\d)"
)
_DATE_ALONE = re.compile(
    r"(?:[^。,;:]{0,40}?(?:局|中心|政府|委员会|部|公司))?"
    r"(20\d\d[年\-/.]\d{1,2}[月\-/.]\d{1,2}日?)(?: ?\d{1,2}:\d\d(?::\d\d)?)?"
    r"(?:[一-鿿]{2,20}局.{0,12}|特此公告.{0,4})?"
)


def _published(texts: Sequence[str]) -> date | None:
    """The day that a label or a line of its own gives; it never decides a deadline."""
    for text in texts[:15]:
        label = _LABELLED_DATE.search(text)
        if label is not None and (day := _day(text[label.end() : label.end() + 20])):
            return day
    for before, text in pairwise(["", *texts]):
        alone = _DATE_ALONE.fullmatch(text) if len(text) < 90 else None
        if (
            alone is not None
            and not before.endswith((":", "|"))
            and not heading_label(before)[0] - {OTHER}
        ):
            return _day(alone[1])
    for text in texts[:8]:
        found = re.search(
            r"[\])号](20\d\d年\d{1,2}月\d{1,2}日)$|来源.{0,40}?(20\d\d-\d\d-\d\d)", text
        )
        if found is not None and (day := _day(found[1] or found[2])):
            return day
    return None


_STAMP = re.compile(
    r"(?<![\d-])(?P<day>20\d\d[\-/.]\d{1,2}[\-/.]\d{1,2})(?!\d)(?: ?\d{1,2}:\d\d(?::\d\d)?)?"
    r"|^(?P<on>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>20\d\d)(?!\d)"
)
_LONGEST_STAMPED = 90  # characters: a title with its day, a newspaper's name with its own


def _reported_on(texts: Sequence[str]) -> date | None:
    """The day with which a newspaper or a site dates its report: `2031-05-31 16:23:04`."""
    for text in texts[:_HEAD_LINES]:
        stamp = _STAMP.search(text) if len(text) <= _LONGEST_STAMPED else None
        if stamp is None:
            continue
        day = stamp["day"] or f"{stamp['year']}-{stamp['month']}-{stamp['on']}"
        if (at := _day(day)) is not None:
            return at
    return _published(texts)


def _day(text: str) -> date | None:
    for token in tokens(text):
        try:
            return shanghai(instant_of(token).at).date()
        except TimeNotUnderstood:
            return None
    return None


_WHO = re.compile(
    r"批准,?(?:由|决定,?)?([一-鿿、()]{3,40}?(?:局|中心|政府|委员会|公司))(?:[、,].{0,30})?(?:决定|对|将|拟|以|受|采用)"
)
_BEFORE_OFFICE = re.compile(r"^(?:受|须到|到|由|经|根据|综合自|发布机构|发布单位|来源)+")
_OFFICE = re.compile(
    r"[一-鿿]{3,24}(?:局|规划分局|交易中心|人民政府|管委会|委员会)(?:[、,][一-鿿]{3,24})?"
)


def _authority(texts: Sequence[str], body: str) -> str:
    found = _WHO.search(body)
    if found is not None:
        return _BEFORE_OFFICE.sub("", found[1].split("委托")[0])
    named = next((text for text in [*texts[:6], *texts[::-1][:6]] if _OFFICE.fullmatch(text)), None)
    if named is not None:
        return _BEFORE_OFFICE.sub("", named)
    lead = re.search(r"([一-鿿]{2,16}(?:自然资源[一-鿿]{0,8}局|国土资源[一-鿿]{0,6}局))", body)
    return _BEFORE_OFFICE.sub("", lead[1]) if lead else ""


_CITY = re.compile(
    r"(?:^|[。,经报])([一-鿿]{2,9}?(?:市|州|盟|县|旗|区))[一-鿿]{0,8}?(?:人民政府|自然资源|国土资源|规划和|规划局)"
)


def _city(body: str, authority: str, title: str) -> str:
    for text in (body, authority, title):
        found = _CITY.search(text) or re.match(r"([一-鿿]{2,6}?市)", text)
        if found is not None:
            name = re.sub(r"^(?:.*(?:省|自治区)|(?:经|报|依据|根据|由|受|发布机构)+)", "", found[1])
            return name.removesuffix("市")
    return ""


_PLATFORM = re.compile(
    r"(?:通过|登录|登陆|在|进入)[“《]?([一-鿿]{2,26}?(?:交易系统|交易服务平台|交易平台|交易网|服务系统|网挂系统|信息网))"
)


def _platform(body: str) -> str:
    found = _PLATFORM.search(body)
    return found[1] if found else ""


_PHONE = re.compile(r"(?<![\d-])(?:0\d{2,3}-?\d{7,8}|1[3-9]\d{9})(?!\d)")
_MOST_CONTACTS = 10
