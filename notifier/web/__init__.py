"""The board: what people ask the desk and say to it, in a browser.

A process of its own on the daemon's ledger, without any channel's secret. Each page is a module of
`web/pages`.
"""
