"""Merchants' catalogs (CSV, TSV, XLSX, JSON, JSONL, Google Merchant XML) to Products and Issues."""

from studio.catalog.intake import Intake, Reading, read

__all__ = ["Intake", "Reading", "read"]
