"""Ways in which bureaus lay out an offer: one function a way, each gives the blocks of the whole
notice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random

from notifier.domain.values import Kind, MilestoneName
from tests.papers.blocks import Block, Cell, Grid, plain_grid
from tests.papers.offers import ENTRY, Lot, MadeOffer

Layout = Callable[[MadeOffer, Random], list[Block]]
Print = Callable[[datetime, bool], str]
"""Print a time; if the second argument is true, only its day."""

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
_ORDINALS = "一二三四五六七八九十"


def _printer(random: Random) -> Print:
    style = random.randrange(6)

    def print_time(at: datetime, is_day: bool = False) -> str:
        if is_day:
            return f"{at:%Y-%m-%d}" if style == 4 else f"{at.year}年{at.month}月{at.day}日"
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
    numbers = [offer.number] if offer.number else []
    return [
        f"{offer.authority}国有建设用地使用权{net}{way}出让公告",
        *numbers,
        f"经{offer.city}人民政府批准，我局决定以{way}方式公开出让{count}国有建设用地使用权，现将有关事项公告如下：",
    ]


def _rest(offer: MadeOffer, print_time: Print, random: Random) -> list[Block]:
    """What surrounds the times in every notice, with dates that are none of the milestones."""
    blocks: list[Block] = ["中华人民共和国境内外的法人、自然人和其他组织均可申请参加竞买。"]
    last = offer.lots[0].times.get(_N.REGISTRATION_CLOSE)
    if random.random() < 0.5 and last is not None:
        is_day = _N.REGISTRATION_CLOSE in offer.lots[0].days
        documents = f"{print_time(offer.published, is_day)}至{print_time(last, is_day)}"
        blocks.append(f"申请人可于{documents}登录网站下载出让文件。")
    signed = offer.published
    blocks += [
        "本公告未尽事宜详见出让文件。联系电话：0577-88888888",
        offer.authority,
        f"{signed.year}年{signed.month}月{signed.day}日",
    ]
    return blocks


def _at(lot: Lot, name: MilestoneName, print_time: Print) -> str:
    """Print one time of the lot, empty where it has none."""
    at = lot.times.get(name)
    return "" if at is None else print_time(at, name in lot.days)


def _range(lot: Lot, first: MilestoneName, last: MilestoneName, print_time: Print) -> str:
    ends = [_at(lot, name, print_time) for name in (first, last) if name in lot.times]
    return "至".join(ends)


def _stages(offer: MadeOffer) -> list[tuple[str, tuple[MilestoneName, ...]]]:
    """The stages that the offer states, each with its heading and the ends that have a time."""
    live = "拍卖时间" if offer.kind is Kind.AUCTION else "限时竞价开始时间"
    headings = {
        (_N.REGISTRATION_OPEN, _N.REGISTRATION_CLOSE): "报名起止时间",
        (_N.REGISTRATION_OPEN,): "报名开始时间",
        (_N.REGISTRATION_CLOSE,): "报名截止时间",
        (_N.DEPOSIT_CLOSE,): "保证金到账截止时间",
        (_N.BIDDING_OPEN, _N.BIDDING_CLOSE): "挂牌起止时间",
        (_N.BIDDING_OPEN,): "挂牌开始时间",
        (_N.BIDDING_CLOSE,): "挂牌截止时间",
        (_N.AUCTION_START,): live,
    }
    whole = (
        (_N.REGISTRATION_OPEN, _N.REGISTRATION_CLOSE),
        (_N.DEPOSIT_CLOSE,),
        (_N.BIDDING_OPEN, _N.BIDDING_CLOSE),
        (_N.AUCTION_START,),
    )
    stages = []
    for names in whole:
        ends = tuple(name for name in names if name in offer.lots[0].times)
        if ends:
            stages.append((headings[ends], ends))
    return stages


def _value(lot: Lot, ends: tuple[MilestoneName, ...], print_time: Print) -> str:
    return (
        _range(lot, ends[0], ends[-1], print_time)
        if len(ends) > 1
        else _at(lot, ends[0], print_time)
    )


def _times_prose(offer: MadeOffer, print_time: Print, random: Random) -> list[Block]:
    """Sentences of all stages: registration and deposit of all lots, the last stages of each if
    they differ."""
    blocks: list[Block] = []
    for heading, ends in _stages(offer):
        value = _value(offer.lots[0], ends, print_time)
        values = {_value(lot, ends, print_time) for lot in offer.lots}
        if len(values) == 1:
            blocks.append(random.choice(_sentences(offer, heading, ends, value)))
            continue
        blocks.append(f"各地块{heading.replace('起止', '')}分别为：")
        blocks += [f"{lot.number}地块：{_value(lot, ends, print_time)}；" for lot in offer.lots]
    return blocks


def _sentences(
    offer: MadeOffer, heading: str, ends: tuple[MilestoneName, ...], value: str
) -> Sequence[str]:
    """Ways to say a stage in prose."""
    opens, _, closes = value.partition("至")
    if ends == (_N.REGISTRATION_OPEN, _N.REGISTRATION_CLOSE):
        return (
            f"竞买申请：申请人可于{opens}至{closes}，向我局提交书面申请。",
            f"报名时间：{opens}起至{closes}止。",
            f"有意竞买者请于{opens}至{closes}办理竞买报名手续。",
            f"竞买报名时间为{opens}至{closes}（节假日除外）。",
        )
    if ends == (_N.REGISTRATION_CLOSE,):
        return (
            f"报名截止时间：{value}。",
            f"申请人须于{value}前向我局提交竞买申请。",
            f"竞买申请截止时间为{value}。",
        )
    if ends == (_N.DEPOSIT_CLOSE,):
        return (
            f"交纳竞买保证金的截止时间为{value}。",
            f"竞买保证金到账截止时间为{value}（以到账时间为准）。",
            f"竞买保证金须于{value}前到达指定账户，逾期不予受理。",
        )
    if ends == (_N.BIDDING_OPEN, _N.BIDDING_CLOSE):
        return (f"挂牌时间：{value}。", f"本次挂牌报价时间为{value}。", f"挂牌期限：{value}止。")
    if ends == (_N.AUCTION_START,) and offer.kind is Kind.AUCTION:
        return (f"拍卖会时间：{value}。", f"拍卖会定于{value}在市公共资源交易中心举行。")
    return (f"{heading}：{value}。", f"{heading}为{value}。")


def _time_columns(offer: MadeOffer) -> list[str]:
    return [heading for heading, _ in _stages(offer)]


def _time_values(offer: MadeOffer, lot: Lot, print_time: Print) -> list[str]:
    return [_value(lot, ends, print_time) for _, ends in _stages(offer)]


def _stated(offer: MadeOffer) -> list[str]:
    return [field for field in _FIELDS if field not in offer.left_out]


def _fact_rows(offer: MadeOffer, random: Random) -> list[list[str]]:
    """The heading row, then a row a parcel; sometimes the deposit stands before the price."""
    fields = _stated(offer)
    if random.random() < 0.4 and {"price", "deposit"} <= set(fields):
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
        full.append(row + _time_values(offer, lot, print_time))
    return [*_head(offer, random), plain_grid(full), *_rest(offer, print_time, random)]


def merged_times(offer: MadeOffer, random: Random) -> list[Block]:
    """Registration and deposit in one cell each over all parcels."""
    print_time = _printer(random)
    heading, *rows = _fact_rows(offer, random)
    columns = _time_columns(offer)
    lines = [tuple(Cell(text=text) for text in heading + columns)]
    entry = sum(ends[0] in ENTRY for _, ends in _stages(offer))
    for number, (row, lot) in enumerate(zip(rows, offer.lots, strict=True)):
        values = _time_values(offer, lot, print_time)
        cells = [Cell(text=text) for text in row]
        if number == 0:
            cells += [Cell(text=text, rows=len(rows)) for text in values[:entry]]
        cells += [Cell(text=text) for text in values[entry:]]
        lines.append(tuple(cells))
    return [*_head(offer, random), Grid(rows=tuple(lines)), *_rest(offer, print_time, random)]


def two_heading_rows(offer: MadeOffer, random: Random) -> list[Block]:
    """规划指标 over 用途, 容积率, 年限 and 报名时间 over 开始, 截止."""
    print_time = _printer(random)
    headings = _headings(random)
    stated = _stated(offer)
    plan = [field for field in ("use", "far", "term") if field in stated]
    before = [field for field in ("number", "location", "area") if field in stated]
    after = [field for field in ("price", "deposit") if field in stated]
    first = [Cell(text=headings[field], rows=2) for field in before]
    second = [Cell(text=headings[field]) for field in plan]
    if plan:
        first.append(Cell(text="规划指标要求", columns=len(plan)))
    first += [Cell(text=headings[field], rows=2) for field in after]
    for heading, ends in _stages(offer):
        if len(ends) == 2 and ends[0] is _N.REGISTRATION_OPEN:
            first.append(Cell(text="报名时间", columns=2))
            second += [Cell(text="开始时间"), Cell(text="截止时间")]
        else:
            first.append(Cell(text=heading, rows=2))
    lines = [tuple(first), tuple(second)] if second else [_flat(first)]
    for lot in offer.lots:
        values = _values(lot)
        texts = [values[field] for field in (*before, *plan, *after)]
        for _, ends in _stages(offer):
            is_registration = ends[0] is _N.REGISTRATION_OPEN
            parts = [(name,) for name in ends] if is_registration else [ends]
            texts += [_value(lot, part, print_time) for part in parts]
        lines.append(tuple(Cell(text=text) for text in texts))
    return [*_head(offer, random), Grid(rows=tuple(lines)), *_rest(offer, print_time, random)]


def _flat(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    return tuple(Cell(text=cell.text) for cell in cells)


def transposed(offer: MadeOffer, random: Random) -> list[Block]:
    print_time = _printer(random)
    heading, *rows = _fact_rows(offer, random)
    full = [heading + _time_columns(offer)]
    for row, lot in zip(rows, offer.lots, strict=True):
        full.append(row + _time_values(offer, lot, print_time))
    turned = list(zip(*full, strict=True))
    return [*_head(offer, random), plain_grid(turned), *_rest(offer, print_time, random)]


def facts_and_times_tables(offer: MadeOffer, random: Random) -> list[Block]:
    """A table of facts and, under it, one of times by number."""
    print_time = _printer(random)
    facts = _fact_rows(offer, random)
    times = [[facts[0][0], *_time_columns(offer)]]
    times += [[lot.number, *_time_values(offer, lot, print_time)] for lot in offer.lots]
    tables: list[Block] = [plain_grid(facts), "各宗地时间安排如下：", plain_grid(times)]
    return [*_head(offer, random), *tables, *_rest(offer, print_time, random)]


def two_pairs_a_row(offer: MadeOffer, random: Random) -> list[Block]:
    """A small table a parcel: heading, value, heading, value."""
    print_time = _printer(random)
    heading, *rows = _fact_rows(offer, random)
    blocks: list[Block] = _head(offer, random)
    for row in rows:
        pairs = list(zip(heading, row, strict=True))
        if len(pairs) % 2:
            pairs.append(("", ""))
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
        values = row + _time_values(offer, lot, print_time)
        for name, value in zip(heading + _time_columns(offer), values, strict=True):
            blocks.append(f"{name}：{value}")
    return [*blocks, *_rest(offer, print_time, random)]


def sections(offer: MadeOffer, random: Random) -> list[Block]:
    """地块一, 地块二: prose with the parcel's own times under each."""
    print_time = _printer(random)
    blocks: list[Block] = _head(offer, random)
    for lot, ordinal in zip(offer.lots, _ORDINALS, strict=False):
        times = [
            f"{_spoken(heading)}：{value}。"
            for heading, value in _own_times(offer, lot, print_time)
        ]
        blocks += [f"地块{ordinal}：{lot.number}", _sentence(offer, lot), "".join(times)]
    return [*blocks, *_rest(offer, print_time, random)]


def _own_times(offer: MadeOffer, lot: Lot, print_time: Print) -> list[tuple[str, str]]:
    return list(zip(_time_columns(offer), _time_values(offer, lot, print_time), strict=True))


def _spoken(heading: str) -> str:
    """Return the heading of a column as prose has it."""
    names = {"拍卖时间": "拍卖会时间", "保证金到账截止时间": "竞买保证金到账截止时间"}
    return names.get(heading, heading.replace("起止", ""))


def numbered_sentences(offer: MadeOffer, random: Random) -> list[Block]:
    print_time = _printer(random)
    blocks: list[Block] = _head(offer, random)
    for number, lot in enumerate(offer.lots, 1):
        blocks.append(f"({number}){lot.number}地块{_sentence(offer, lot)}")
    return [*blocks, *_times_prose(offer, print_time, random), *_rest(offer, print_time, random)]


def _sentence(offer: MadeOffer, lot: Lot) -> str:
    clauses = {
        "location": f"位于{lot.location}",
        "area": f"出让面积{lot.area}平方米",
        "use": f"土地用途为{lot.use}",
        "far": f"容积率{lot.far}",
        "term": f"出让年限{lot.term}年",
        "price": f"起始价{lot.price}万元",
        "deposit": f"竞买保证金{lot.deposit}万元",
    }
    stated = [clause for field, clause in clauses.items() if field not in offer.left_out]
    return f"{'，'.join(stated)}。"


def fits(layout: Layout, offer: MadeOffer) -> bool:
    """Tell whether the layout can state the offer: a merged cell says one thing of all lots."""
    if layout is merged_times:
        return offer.has_common_entry
    return layout is not sections or len(offer.lots) <= len(_ORDINALS)


LAYOUTS: Sequence[Layout] = (
    table_and_prose, table_with_times, merged_times, two_heading_rows, transposed,
    facts_and_times_tables,
    two_pairs_a_row, cards, sections, numbered_sentences,
)  # fmt: skip
