"""
Messages as Rocket.Chat's own parser reads them, written as markdown-it's tokens.

`blocks` knows lines, `inline` what stands within one, `marks` which of its stars and underscores
belong together, `links` what is an address.
"""
