"""Sphinx configuration."""

project = "sklearn_dissim"
copyright = "2026, the sklearn_dissim developers"
extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
exclude_patterns = ["_build"]
html_theme = "alabaster"
numpydoc_show_class_members = False
autosummary_generate = True
