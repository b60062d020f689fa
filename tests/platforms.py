"""What trading platforms answer, in texts of our own: JSON of lists and of single notices."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any

CLOSE = "2031年5月20日17时00分"


def text_of(number: str, notice_no: str = "测自然资告字〔2031〕7号", close: str = CLOSE) -> str:
    """The HTML of a notice of one parcel."""
    return (
        f"<p>{notice_no}</p><table><tr><td>地块编号</td><td>位置</td></tr>"
        f"<tr><td>{number}</td><td>测试路东</td></tr></table><p>一、报名截止时间：{close}。</p>"
        "<p>二、挂牌时间：2031年5月12日9时00分至2031年5月22日10时00分。</p>"
    )


def title_of(notice: int) -> str:
    return f"测试市国有建设用地使用权挂牌出让公告（测自然资告字〔2031〕{notice}号）"


def as_bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


# -- the national site: lists and notices by POST --------------------------------------------------

NATIONAL_LIST = '/tGygg/transfer/list#{"pageNum":1,"pageSize":30}'


def national_list(notices: Sequence[int]) -> bytes:
    items = [
        {
            "gyggGuid": f"gygg-{notice}",
            "gyggBt": title_of(notice),
            "xzqDm": "330100",
            "xzqFullName": "测试省测试市",
            "fbSj": "2031-04-20T10:00:00",
        }
        for notice in notices
    ]
    return as_bytes({"code": 200, "data": {"total": len(items), "list": items}})


def national_path(notice: int) -> str:
    return f'/tGygg/transfer/detail#{{"gyggGuid":"gygg-{notice}"}}'


def national_notice(notice: int, close: str = CLOSE, html: str = "") -> bytes:
    number = f"2031-{notice}号"
    text = text_of(number, f"测自然资告字〔2031〕{notice}号", close) + html
    data = {"gyggBt": title_of(notice), "city": "测试市", "gyggNr": text}
    return as_bytes({"code": 200, "data": data, "relate": [{"zdBh": number, "mj": 12000}]})


# -- its sister in Jiangsu: the list by POST, notices by GET ---------------------------------------

SISTER_LIST = '/affiche/information#{"index":1,"size":30}'


def sister_list(notices: Sequence[int]) -> bytes:
    items = [
        {
            "gyggGuid": f"guid-{notice}",
            "afficheName": title_of(notice),
            "afficheNo": f"测自然资告字〔2031〕{notice}号",
            "afficheType": 5,
            "afficheDate": 1_934_582_400_000,
        }
        for notice in notices
    ]
    return as_bytes({"totalPages": 1, "currentPage": 1, "list": items})


def sister_path(notice: int) -> str:
    return f"/affiche/parcels/guid-{notice}"


def sister_notice(notice: int, close: str = CLOSE) -> bytes:
    affiche = {
        "afficheNo": f"测自然资告字〔2031〕{notice}号",
        "afficheName": title_of(notice),
        "remiseBulletin": text_of(f"2031-{notice}号", "", close),
    }
    return as_bytes({"affiche": affiche, "parcelList": [{"parcelNo": f"2031-{notice}号"}]})


# -- Zhejiang's trading system, and those of the same make: all by GET -----------------------------

TRADING_LIST = "/devops/noticeInfo/queryNoticeInfoList?pageSize=30&pageNumber=1&sort=DESC"


def trading_list(notices: Sequence[int]) -> bytes:
    items = [
        {
            "GGID": f"G{notice}",
            "GGMC": title_of(notice),
            "GGFBSJ": "2031-04-20 10:00:00",
            "JYFS": "GP",
            "ZYLB": "TD",
        }
        for notice in notices
    ]
    return as_bytes({"data": items, "total": len(items)})


def trading_path(notice: int) -> str:
    query = f"noticeId=G{notice}&transactionMode=GP"
    return f"/devops/noticeInfo/queryNoticeLandContentDetails?{query}"


def trading_notice(notice: int, close: str = CLOSE) -> bytes:
    text = f"<h1>{title_of(notice)}</h1>" + text_of(f"2031-{notice}号", "", close)
    return as_bytes({"queryNoticeContent": {"GGNR": escape(text), "GGFBSJ": "2031-04-20 10:00:00"}})
