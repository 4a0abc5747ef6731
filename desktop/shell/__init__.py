"""The window around the features: navigation, lists, forms, unlock, lock, exchange, conflicts, settings, crash.

Windows are written against the protocols in `desk`, which `bootstrap` fulfils; everything of the room is asked for on
the database thread through `widgets.runner` and comes back as a frozen value. `application` starts; `unlock` and what
it imports stand on Qt and `desktop.base` alone, so that the password page is on screen before SQLAlchemy is loaded.
"""
