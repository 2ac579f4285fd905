"""Studio: product content for online shops, from a catalog to what is approved and exported."""

__version__ = "0.1.0"
