"""Collected only where the data set lies beside the checkout: its licence keeps it out of the project."""

from benchmarks.olist_data import DATA

collect_ignore_glob = [] if DATA.is_dir() else ["test_*.py"]
