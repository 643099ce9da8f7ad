#!/usr/bin/env python3
"""Prints the lines of the benchmarks as one table and writes them as one JSON list. usage: bench_table.py LINES JSON"""
import json
import sys

FIELDS = ("name", "value", "unit", "base", "ratio")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        results = [{field: result.get(field) for field in FIELDS} for result in map(json.loads, file)]
    if not results:
        sys.exit("The benchmarks printed nothing.")
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1)
        file.write("\n")

    def cell(value):
        return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)

    rows = [FIELDS] + [tuple(cell(result[field]) for field in FIELDS) for result in results]
    widths = [max(len(row[column]) for row in rows) for column in range(len(FIELDS))]
    for row in rows:
        print("  ".join(text.ljust(width) if column in (0, 2) else text.rjust(width)
                        for column, (text, width) in enumerate(zip(row, widths))).rstrip())
    print(f"written to {sys.argv[2]}")


if __name__ == "__main__":
    main()
