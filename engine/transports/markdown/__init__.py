"""
Rocket.Chat's Markdown in the words of another system.

`engine.markup` reads a text, `layout` makes lines of it, `dialects` knows how each system writes
bold or a link, and `splitting` puts the lines into as many messages as are needed.
"""
