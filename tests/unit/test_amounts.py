"""Money and areas as they are published."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.errors import AmountNotUnderstood
from notifier.intake.amounts import is_unit_price, read_m2, read_wan

_CENTS = st.integers(min_value=1, max_value=10**12).map(lambda cents: Decimal(cents).scaleb(-4))
_WIDE = str.maketrans("0123456789.,", "０１２３４５６７８９．，")


@pytest.mark.parametrize(
    ("text", "wan"),
    [
        ("20397万元", "20397"),
        ("2.0397亿元", "20397"),
        ("203,970,000元", "20397"),
        ("２０３９７万元", "20397"),
        ("20 397 万元", "20397"),
        ("人民币20397万元整", "20397"),
        ("￥20397万元", "20397"),
        ("RMB 203970000 元", "20397"),
        ("2千万元", "2000"),
        ("5000万", "5000"),
        ("20397万元（203970000元）", "20397"),
        ("12345.67元", "1.234567"),
        ("16237.440000000001万元", "16237.440000000001"),  # as spreadsheets hand floats over
    ],
)
def test_money_is_read_in_wan_whatever_its_unit(text: str, wan: str) -> None:
    assert read_wan(text) == Decimal(wan)


@pytest.mark.parametrize(
    ("text", "heading", "wan"),
    [
        ("20397", "竞买保证金(万元)", "20397"),
        ("203970000", "竞买保证金（人民币元）", "20397"),
        ("203970000", "起始价（元）", "20397"),
        ("2.0397", "起始价 单位：亿元", "20397"),
        ("200", "起始价（百万元）", "20000"),
        ("20397", "起始价（万）", "20397"),
        ("20397", "deposit_wan", "20397"),
        ("2.0397亿元", "竞买保证金(万元)", "20397"),
    ],
)
def test_the_unit_in_the_text_wins_over_the_one_in_the_heading(
    text: str, heading: str, wan: str
) -> None:
    assert read_wan(text, heading, default_unit="元") == Decimal(wan)


@pytest.mark.parametrize("heading", ["", "竞买保证金", "单元地块保证金"])
def test_money_without_a_unit_anywhere_is_read_only_if_the_caller_names_one(heading: str) -> None:
    with pytest.raises(AmountNotUnderstood, match="no unit"):
        read_wan("20397", heading)
    assert read_wan("20397", heading, default_unit="万元") == 20397


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("3500元/平方米", ""),
        ("151万元/亩", ""),
        ("151万元每亩", ""),
        ("4797.82元/建筑平方米", ""),
        ("151", "参考地价(万元/亩)"),
        ("151", "起始单价（元/㎡）"),
        ("151万元", "参考地价(万元/亩)"),
    ],
)
def test_a_price_per_area_is_never_a_total(text: str, heading: str) -> None:
    with pytest.raises(AmountNotUnderstood, match="price per area"):
        read_wan(text, heading, default_unit="万元")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "面议",
            "-5万元",
            "0",
            "0.00万元",
            "100-200万元",
            "100~200",
            "20万元/年",
            "1.2.3万元",
            "1,5494万元",
        ),
        *(
            "500万美元",
            "300万港币",
            "15494平方米",
            "20397①万元",
            "①20397万元",
            "20397¹",
            "100万元、200万元",
            "100\n200",
        ),
        *(
            "100万元（200万元）",
            "100万元/200万元",
            "不低于100万元",
            "∞",
            "九",
            "1e5",
            "1" * 30,
            "1 " * 5_000,
            "100%",
        ),
    ],
)
def test_what_is_not_one_positive_amount_of_money_is_refused(text: str) -> None:
    with pytest.raises(AmountNotUnderstood):
        read_wan(text, default_unit="万元")


@pytest.mark.parametrize("heading", ["保证金（万美元）", "起始价(USD)", "起始价（港元）"])
def test_a_heading_in_foreign_money_is_refused(heading: str) -> None:
    with pytest.raises(AmountNotUnderstood, match="not used here"):
        read_wan("500", heading, default_unit="万元")


@pytest.mark.parametrize(
    ("text", "heading", "m2"),
    [
        ("15494", "出让面积(平方米)", "15494"),
        ("15494", "土地面积（M<sup>2</sup>）", "15494"),
        ("15494", "土地面积①（Ｍ２）", "15494"),
        ("15494 m²", "", "15494"),
        ("15,494.5㎡", "", "15494.5"),
        ("1.5494", "用地面积(公顷)", "15494"),
        ("1.5494", "area_ha", "15494"),
        ("15494", "area_m2", "15494"),
        ("1.5494", "面积（万平方米）", "15494"),
        ("1.5494万㎡", "面积（亩）", "15494"),
        ("1.5km²", "", "1500000"),
        ("15亩", "", "10000"),
        ("15市亩", "", "10000"),
        ("15公亩", "", "1500"),
        ("56.38亩", "", "37586.6667"),
        ("约15494平方米", "", "15494"),
    ],
)
def test_areas_are_read_in_m2_whatever_their_unit(text: str, heading: str, m2: str) -> None:
    assert read_m2(text, heading) == Decimal(m2)


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("37589.26（56.38亩）", ""),
        ("37589.26（56.38亩）", "地块面积（平方米）"),
        ("37589.26平方米(折合56.38亩)", ""),
        ("37589.26㎡/56.38亩", ""),
        ("56.38亩（37589.26㎡）", ""),
        ("37589.26/56.38", "土地面积(㎡/亩)"),
        ("56.38\n37589.26", "土地面积(亩/㎡)"),
        ("37589.26平方米，合56.38亩", ""),
    ],
)
def test_of_two_figures_that_agree_the_one_in_m2_is_taken(text: str, heading: str) -> None:
    assert read_m2(text, heading) == Decimal("37589.26")


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("37589.26（60亩）", ""),
        ("37589.26平方米(3.76亩)", ""),
        ("37589.26/56.38", "土地面积(平方米)"),
        ("37589.26", "土地面积(㎡/亩)"),
        ("地上：19252.56地下空间：19166.93", "地块面积（平方米）"),
        ("19252.56㎡、19166.93㎡", ""),
        ("10000㎡-20000㎡", ""),
        ("15494万元", "面积（平方米）"),
        ("15494①", "面积（平方米）"),
        ("-15494", "面积（平方米）"),
        ("0", "面积（平方米）"),
        ("3英亩", ""),
        ("15494", "面积（坪）"),
        ("15494\n23.24", "面积（平方米）"),
    ],
)
def test_areas_that_disagree_or_are_not_one_area_are_refused(text: str, heading: str) -> None:
    with pytest.raises(AmountNotUnderstood):
        read_m2(text, heading, default_unit="m2")


def test_an_area_without_a_unit_anywhere_is_read_only_if_the_caller_names_one() -> None:
    with pytest.raises(AmountNotUnderstood, match="no unit"):
        read_m2("15494", "出让面积")
    assert read_m2("15494", "出让面积", default_unit="m2") == 15494


def test_a_default_unit_that_makes_a_parcel_of_four_square_metres_is_refused() -> None:
    with pytest.raises(AmountNotUnderstood, match="too little"):
        read_m2("4.27", "area", default_unit="m2")
    assert read_m2("4.27平方米") == Decimal("4.27")


@pytest.mark.parametrize(
    ("text", "heading", "is_price"),
    [
        ("150", "起始价(万元/亩)", True),
        ("150万元/亩", "", True),
        ("3,500元/平方米", "", True),
        ("3500", "楼面地价（元/㎡）", True),
        ("楼面价3500元/㎡", "", True),
        ("3500元/建筑平方米", "", True),
        ("20397万元", "", False),
        ("20397", "起始价（万元）", False),
        ("20397万元", "起始价(万元/亩)", False),
        ("100-200", "起始价(万元/亩)", False),
        ("0", "起始价(万元/亩)", False),
        ("150①", "起始价(万元/亩)", False),
        ("833(楼面地价)", "", False),
    ],
)
def test_a_price_per_area_is_told_from_a_total(text: str, heading: str, is_price: bool) -> None:
    assert is_unit_price(text, heading) is is_price


@given(
    wan=_CENTS,
    unit=st.sampled_from(["元", "万元", "亿元"]),
    commas=st.booleans(),
    wide=st.booleans(),
    data=st.data(),
)
def test_any_money_in_any_unit_reads_back_exactly(
    wan: Decimal, unit: str, commas: bool, wide: bool, data: st.DataObject
) -> None:
    number = {"元": wan * 10_000, "万元": wan, "亿元": wan / 10_000}[unit]
    text = f"{number:,f}" if commas else f"{number:f}"
    text = text.translate(_WIDE) if wide else text
    if data.draw(st.booleans(), label="unit in the heading"):
        assert read_wan(text, f"起始价（{unit}）") == wan
    else:
        assert read_wan(f"人民币 {text} {unit}", "起始价（百万元）") == wan


@given(
    m2=st.integers(min_value=1, max_value=10**10).map(lambda cents: Decimal(cents).scaleb(-2)),
    unit=st.sampled_from(
        [("平方米", 1), ("㎡", 1), ("m2", 1), ("公顷", 10_000), ("万平方米", 10_000)]
    ),
)
def test_any_area_in_any_metric_unit_reads_back_exactly(m2: Decimal, unit: tuple[str, int]) -> None:
    name, factor = unit
    assert read_m2(f"{m2 / factor:f}{name}") == m2
    assert read_m2(f"{m2 / factor:f}", f"面积（{name}）") == m2


@given(mu=st.integers(min_value=1, max_value=10**8).map(lambda cents: Decimal(cents).scaleb(-3)))
def test_any_area_in_mu_is_right_to_a_square_centimetre(mu: Decimal) -> None:
    assert abs(Fraction(read_m2(f"{mu:f}亩")) - Fraction(mu) * 10_000 / 15) <= Fraction(1, 10_000)


@given(
    text=st.text(
        alphabet="0123456789.,，、/（）()-~ \n万亿元平方米m²㎡亩公顷合约每整人民币①", max_size=30
    ),
    heading=st.text(max_size=10),
)
def test_any_text_is_an_amount_above_zero_or_refused(text: str, heading: str) -> None:
    for reader, unit in ((read_wan, "万元"), (read_m2, "m2")):
        try:
            value = reader(text, heading, default_unit=unit)
        except AmountNotUnderstood:
            continue
        assert value > 0
    is_unit_price(text, heading)


_CAPITALS = "零壹贰叁肆伍陆柒捌玖"


def _capitals(number: int) -> str:
    """A number below 10,000 in capital numerals: 2904 is `贰仟玖佰零肆`."""
    text = "".join(
        _CAPITALS[number // size % 10] + (unit if number // size % 10 else "")
        for size, unit in ((1_000, "仟"), (100, "佰"), (10, "拾"), (1, ""))
    )
    while "零零" in text:
        text = text.replace("零零", "零")
    return text.strip("零")


@given(st.integers(min_value=1, max_value=9_999), st.integers(min_value=0, max_value=9_999))
def test_capital_numerals_of_any_order_are_read(high: int, low: int) -> None:
    words = f"{_capitals(high)}万{'零' if low < 1_000 and low else ''}{_capitals(low)}"
    assert read_wan(f"{words}元整") == Decimal(high * 10_000 + low) / 10_000
    assert read_wan(f"{words}万元") == high * 10_000 + low


@given(st.integers(min_value=11, max_value=99), st.integers(min_value=1, max_value=999))
def test_so_many_thousands_are_read_as_they_are_spoken(thousands: int, rest: int) -> None:
    words = f"{_capitals(thousands)}仟{'零' if rest < 100 else ''}{_capitals(rest)}万元"
    if thousands % 10:
        assert read_wan(words) == thousands * 1_000 + rest
