"""Files of products, as shops export them: CSV with a line of names, or a JSON object a line."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from infra.errors import CommandError
from shared.domain.shop.products import FIELDS, MAX_AT_ONCE, read_product
from shared.domain.timing import parse_instant
from shared.errors import Fault

MOST_TOLD: Final = 20

NAMES: Final[Mapping[str, str]] = {
    "id": "sku",
    "product_id": "sku",
    "name": "title",
    "link": "url",
    "image_link": "image",
    "image_url": "image",
    "inventory": "stock",
    "quantity": "stock",
    "category": "categories",
    "product_type": "categories",
}
"""What product feeds call our fields; a file's own ``sku``, ``title`` and so on come first."""

SEPARATORS: Final = (">", "|")
"""Between the categories of a CSV file's cell."""

LATEST: Final = parse_instant("9999-01-01T00:00:00Z")


@dataclass(slots=True)
class ProductFile:
    """``faults``: each with its line as path. ``unread``: columns that say nothing of a product here."""

    products: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def batches(self) -> Iterator[list[dict[str, Any]]]:
        """As many as one request takes. Of a product that stands in the file twice the last is meant."""
        latest = list({str(product["sku"]): product for product in self.products}.values())
        for start in range(0, len(latest), MAX_AT_ONCE):
            yield latest[start : start + MAX_AT_ONCE]


def read_file(path: Path) -> ProductFile:
    """The file's products, checked as the API does.

    Raises:
        CommandError: it is no such file.
    """
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError(f"{path.name} is not UTF-8", "save it as UTF-8") from None
    found = ProductFile()
    rows = _json_lines(text, found) if path.suffix in {".jsonl", ".ndjson"} else _csv_rows(text, path.name)
    for line, row in rows:
        product = _renamed(row, found)
        faults = read_product(product, LATEST)[1]
        found.faults += [Fault(str(line), f"{fault.path}: {fault.message}") for fault in faults]
        found.products.append(product)
    if not found.products and not found.faults:
        raise CommandError(f"{path.name} holds no product", "name a file with one product a line")
    return found


def _json_lines(text: str, found: ProductFile) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, content in enumerate(text.splitlines(), start=1):
        if not content.strip():
            continue
        try:
            row = json.loads(content)
        except ValueError:
            row = None
        if isinstance(row, dict):
            yield line, row
        else:
            found.faults.append(Fault(str(line), "is not a JSON object"))


def _csv_rows(text: str, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    lines = text.splitlines(keepends=True)
    if not lines:
        return
    delimiter = max(",;\t", key=lines[0].count)
    reader = csv.DictReader(lines, delimiter=delimiter, restval="")
    if not {"sku", *(old for old, new in NAMES.items() if new == "sku")} & set(_stripped(reader.fieldnames or ())):
        raise CommandError(f"{name} has no column sku", f"name its columns on the first line: {', '.join(FIELDS)}")
    for row in reader:
        cells = {key.strip(): value.strip() for key, value in row.items() if key and isinstance(value, str)}
        yield reader.line_num, {key: value for key, value in cells.items() if value}


def _stripped(names: Iterable[str]) -> list[str]:
    return [name.strip() for name in names]


def _renamed(row: Mapping[str, Any], found: ProductFile) -> dict[str, Any]:
    product: dict[str, Any] = {}
    for name, value in row.items():
        meant = name if name in FIELDS else NAMES.get(name, "")
        if not meant:
            if name not in found.unread:
                found.unread.append(name)
        elif meant == name or meant not in row:
            product.setdefault(meant, value)
    categories = product.get("categories")
    if isinstance(categories, str):
        separator = next((mark for mark in SEPARATORS if mark in categories), None)
        product["categories"] = [one.strip() for one in categories.split(separator)] if separator else [categories]
    return product
