"""Reminds a land team of the deadlines of Chinese land auctions."""

__version__ = "0.1.0"
