"""From raw text or HTML to an `Article`: its title, date and paragraphs, with boilerplate marked."""
