"""What every other package may rely on and which relies on nothing of ours: errors, clock, text, ids,
workdays, money, names, documents, settings, paths, log."""
