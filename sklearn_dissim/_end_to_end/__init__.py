"""Backbone and max-margin head trained together; torch and skorch live here."""
