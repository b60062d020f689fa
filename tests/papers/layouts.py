"""Ways in which bureaus lay out an offer: one function a way, each gives the blocks of the whole notice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random

from notifier.domain.values import Kind, MilestoneName
from tests.papers.blocks import Block, Cell, Grid, plain_grid
from tests.papers.offers import Lot, MadeOffer, Times

Layout = Callable[[MadeOffer, Random], list[Block]]
Print = Callable[[datetime], str]

_HEADINGS = {
    "number": ("地块编号", "宗地编号", "编号", "宗地号", "地块号"),
    "location": ("土地位置", "宗地位置", "地块位置", "坐落位置", "土地坐落"),
    "area": ("出让面积(平方米)", "土地面积（㎡）", "宗地面积(m2)", "用地面积（平方米）"),
    "use": ("土地用途", "规划用途", "用途", "用地性质"),
    "far": ("容积率",),
    "term": ("出让年限(年)", "出让年限", "使用年限（年）"),
    "price": ("起始价（万元）", "起始总价（万元）", "竞买起始价(万元)", "挂牌起始价（万元）"),
    "deposit": ("竞买保证金（万元）", "保证金(万元)", "竞买保证金(万元)"),
}
_FIELDS = tuple(_HEADINGS)

_N = MilestoneName


def _printer(random: Random) -> Print:
    style = random.randrange(6)

    def print_time(at: datetime) -> str:
        minutes = f"{at.minute}分" if at.minute else ""
        if style == 0:
            return f"{at.year}年{at.month}月{at.day}日{at.hour}时{minutes}"
        if style == 1:
            return f"{at:%Y年%m月%d日%H:%M}"
        if style == 2:
            half = "上午" if at.hour < 12 else "下午"
            hour = at.hour if at.hour <= 12 else at.hour - 12
            return f"{at.year}年{at.month}月{at.day}日{half}{hour}时{minutes}"
        if style == 3:
            return f"{at.year}年{at.month}月{at.day}日{at.hour}：{at.minute:02d}"
        if style == 4:
            return f"{at:%Y-%m-%d %H:%M}"
        return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M:%S}"

    return print_time


def _headings(random: Random) -> dict[str, str]:
    return {field: random.choice(words) for field, words in _HEADINGS.items()}


def _values(lot: Lot) -> dict[str, str]:
    return {
        "number": lot.number,
        "location": lot.location,
        "area": str(lot.area),
        "use": lot.use,
        "far": lot.far,
        "term": str(lot.term),
        "price": str(lot.price),
        "deposit": str(lot.deposit),
    }


def _head(offer: MadeOffer, random: Random) -> list[Block]:
    way = "拍卖" if offer.kind is Kind.AUCTION else "挂牌"
    net = random.choice(("", "网上"))
    count = f"{len(offer.lots)}宗" if len(offer.lots) > 1 else "1宗"
    return [
        f"{offer.authority}国有建设用地使用权{net}{way}出让公告",
        offer.number,
        f"经{offer.city}人民政府批准，我局决定以{way}方式公开出让{count}国有建设用地使用权，现将有关事项公告如下：",
    ]


def _rest(offer: MadeOffer, print_time: Print, random: Random) -> list[Block]:
    """What surrounds the times in every notice, with dates that are none of the milestones."""
    documents = f"{print_time(offer.published)}至{print_time(offer.lots[0].times[_N.REGISTRATION_CLOSE])}"
    blocks: list[Block] = ["中华人民共和国境内外的法人、自然人和其他组织均可申请参加竞买。"]
    if random.random() < 0.5:
        blocks.append(f"申请人可于{documents}登录网站下载出让文件。")
    signed = offer.published
    blocks += [
        "本公告未尽事宜详见出让文件。联系电话：0577-88888888",
        offer.authority,
        f"{signed.year}年{signed.month}月{signed.day}日",
    ]
    return blocks


def _stage(times: Times, print_time: Print) -> str:
    """The last stage of one parcel: the listing's window, or the auction's start."""
    if _N.AUCTION_START in times:
        return print_time(times[_N.AUCTION_START])
    return f"{print_time(times[_N.BIDDING_OPEN])}至{print_time(times[_N.BIDDING_CLOSE])}"


def _times_prose(offer: MadeOffer, print_time: Print, random: Random) -> list[Block]:
    times = offer.lots[0].times
    opens, closes = print_time(times[_N.REGISTRATION_OPEN]), print_time(times[_N.REGISTRATION_CLOSE])
    deposit = print_time(times[_N.DEPOSIT_CLOSE])
    blocks: list[Block] = [
        random.choice(
            (
                f"竞买申请：申请人可于{opens}至{closes}，向我局提交书面申请。",
                f"报名时间：{opens}起至{closes}止。",
                f"有意竞买者请于{opens}至{closes}办理竞买报名手续。",
                f"竞买报名时间为{opens}至{closes}（节假日除外）。",
            )
        ),
        random.choice(
            (
                f"交纳竞买保证金的截止时间为{deposit}。",
                f"竞买保证金到账截止时间为{deposit}（以到账时间为准）。",
                f"竞买保证金须于{deposit}前到达指定账户，逾期不予受理。",
            )
        ),
    ]
    is_auction = offer.kind is Kind.AUCTION
    if offer.has_common_times:
        stage = _stage(times, print_time)
        wordings = (
            (f"拍卖会时间：{stage}。", f"拍卖会定于{stage}在市公共资源交易中心举行。")
            if is_auction
            else (f"挂牌时间：{stage}。", f"本次挂牌报价时间为{stage}。", f"挂牌期限：{stage}止。")
        )
        return [*blocks, random.choice(wordings)]
    blocks.append("各地块拍卖时间分别为：" if is_auction else "各地块挂牌时间分别为：")
    blocks += [f"{lot.number}地块：{_stage(lot.times, print_time)}；" for lot in offer.lots]
    return blocks


def _time_columns(offer: MadeOffer) -> list[str]:
    if offer.kind is Kind.AUCTION:
        return ["报名起止时间", "保证金到账截止时间", "拍卖时间"]
    return ["报名起止时间", "保证金到账截止时间", "挂牌起止时间"]


def _time_values(lot: Lot, print_time: Print) -> list[str]:
    times = lot.times
    registration = f"{print_time(times[_N.REGISTRATION_OPEN])}至{print_time(times[_N.REGISTRATION_CLOSE])}"
    return [registration, print_time(times[_N.DEPOSIT_CLOSE]), _stage(times, print_time)]


def _fact_rows(offer: MadeOffer, random: Random) -> list[list[str]]:
    """The heading row, then a row a parcel; sometimes the deposit stands before the price."""
    fields = list(_FIELDS)
    if random.random() < 0.4:
        price, deposit = fields.index("price"), fields.index("deposit")
        fields[price], fields[deposit] = fields[deposit], fields[price]
    headings = _headings(random)
    rows = [[headings[field] for field in fields]]
    for lot in offer.lots:
        values = _values(lot)
        rows.append([values[field] for field in fields])
    return rows


def table_and_prose(offer: MadeOffer, random: Random) -> list[Block]:
    print_time = _printer(random)
    table = plain_grid(_fact_rows(offer, random))
    times = _times_prose(offer, print_time, random)
    return [*_head(offer, random), table, *times, *_rest(offer, print_time, random)]


def table_with_times(offer: MadeOffer, random: Random) -> list[Block]:
    print_time = _printer(random)
    heading, *rows = _fact_rows(offer, random)
    full = [heading + _time_columns(offer)]
    for row, lot in zip(rows, offer.lots, strict=True):
        full.append(row + _time_values(lot, print_time))
    return [*_head(offer, random), plain_grid(full), *_rest(offer, print_time, random)]


def merged_times(offer: MadeOffer, random: Random) -> list[Block]:
    """Registration and deposit in one cell each over all parcels."""
    print_time = _printer(random)
    heading, *rows = _fact_rows(offer, random)
    columns = _time_columns(offer)
    lines = [tuple(Cell(text=text) for text in heading + columns)]
    for number, (row, lot) in enumerate(zip(rows, offer.lots, strict=True)):
        registration, deposit, stage = _time_values(lot, print_time)
        cells = [Cell(text=text) for text in row]
        if number == 0:
            cells += [Cell(text=text, rows=len(rows)) for text in (registration, deposit)]
        lines.append((*cells, Cell(text=stage)))
    return [*_head(offer, random), Grid(rows=tuple(lines)), *_rest(offer, print_time, random)]


def two_heading_rows(offer: MadeOffer, random: Random) -> list[Block]:
    """规划指标 over 用途, 容积率, 年限 and 报名时间 over 开始, 截止."""
    print_time = _printer(random)
    headings = _headings(random)
    sides = ("number", "location", "area")
    first = [Cell(text=headings[field], rows=2) for field in sides]
    first += [Cell(text="规划指标要求", columns=3)]
    first += [Cell(text=headings[field], rows=2) for field in ("price", "deposit")]
    first += [Cell(text="报名时间", columns=2), Cell(text="保证金到账截止时间", rows=2)]
    first += [Cell(text=_time_columns(offer)[-1], rows=2)]
    second = [Cell(text=headings[field]) for field in ("use", "far", "term")]
    second += [Cell(text="开始时间"), Cell(text="截止时间")]
    lines = [tuple(first), tuple(second)]
    for lot in offer.lots:
        values, times = _values(lot), lot.times
        texts = [values[field] for field in (*sides, "use", "far", "term", "price", "deposit")]
        texts += [print_time(times[_N.REGISTRATION_OPEN]), print_time(times[_N.REGISTRATION_CLOSE])]
        texts += [print_time(times[_N.DEPOSIT_CLOSE]), _stage(times, print_time)]
        lines.append(tuple(Cell(text=text) for text in texts))
    return [*_head(offer, random), Grid(rows=tuple(lines)), *_rest(offer, print_time, random)]


def transposed(offer: MadeOffer, random: Random) -> list[Block]:
    print_time = _printer(random)
    heading, *rows = _fact_rows(offer, random)
    full = [heading + _time_columns(offer)]
    for row, lot in zip(rows, offer.lots, strict=True):
        full.append(row + _time_values(lot, print_time))
    turned = list(zip(*full, strict=True))
    return [*_head(offer, random), plain_grid(turned), *_rest(offer, print_time, random)]


def facts_and_times_tables(offer: MadeOffer, random: Random) -> list[Block]:
    """A table of facts and, under it, one of times by number."""
    print_time = _printer(random)
    facts = _fact_rows(offer, random)
    times = [[facts[0][0], *_time_columns(offer)]]
    times += [[lot.number, *_time_values(lot, print_time)] for lot in offer.lots]
    tables: list[Block] = [plain_grid(facts), "各宗地时间安排如下：", plain_grid(times)]
    return [*_head(offer, random), *tables, *_rest(offer, print_time, random)]


def two_pairs_a_row(offer: MadeOffer, random: Random) -> list[Block]:
    """A small table a parcel: heading, value, heading, value."""
    print_time = _printer(random)
    heading, *rows = _fact_rows(offer, random)
    blocks: list[Block] = _head(offer, random)
    for row in rows:
        pairs = list(zip(heading, row, strict=True))
        lines = [[*pairs[at], *pairs[at + 1]] for at in range(0, len(pairs), 2)]
        blocks.append(plain_grid(lines))
    return [*blocks, *_times_prose(offer, print_time, random), *_rest(offer, print_time, random)]


def cards(offer: MadeOffer, random: Random) -> list[Block]:
    """Lines of heading and value, a card a parcel, with its times."""
    print_time = _printer(random)
    heading, *rows = _fact_rows(offer, random)
    blocks: list[Block] = _head(offer, random)
    for number, (row, lot) in enumerate(zip(rows, offer.lots, strict=True), 1):
        blocks.append(f"（{number}）")
        values = row + _time_values(lot, print_time)
        for name, value in zip(heading + _time_columns(offer), values, strict=True):
            blocks.append(f"{name}：{value}")
    return [*blocks, *_rest(offer, print_time, random)]


def sections(offer: MadeOffer, random: Random) -> list[Block]:
    """地块一, 地块二: prose with the parcel's own times under each."""
    print_time = _printer(random)
    blocks: list[Block] = _head(offer, random)
    stage_name = "拍卖会时间" if offer.kind is Kind.AUCTION else "挂牌时间"
    for lot, ordinal in zip(offer.lots, "一二三四五六七八", strict=False):
        registration, deposit, stage = _time_values(lot, print_time)
        blocks += [
            f"地块{ordinal}：{lot.number}",
            _sentence(lot),
            f"报名时间：{registration}。竞买保证金到账截止时间：{deposit}。{stage_name}：{stage}。",
        ]
    return [*blocks, *_rest(offer, print_time, random)]


def numbered_sentences(offer: MadeOffer, random: Random) -> list[Block]:
    print_time = _printer(random)
    blocks: list[Block] = _head(offer, random)
    for number, lot in enumerate(offer.lots, 1):
        blocks.append(f"({number}){lot.number}地块{_sentence(lot)}")
    return [*blocks, *_times_prose(offer, print_time, random), *_rest(offer, print_time, random)]


def _sentence(lot: Lot) -> str:
    return (
        f"位于{lot.location}，出让面积{lot.area}平方米，土地用途为{lot.use}，容积率{lot.far}，"
        f"出让年限{lot.term}年，起始价{lot.price}万元，竞买保证金{lot.deposit}万元。"
    )


LAYOUTS: Sequence[Layout] = (
    table_and_prose, table_with_times, merged_times, two_heading_rows, transposed, facts_and_times_tables,
    two_pairs_a_row, cards, sections, numbered_sentences,
)  # fmt: skip
