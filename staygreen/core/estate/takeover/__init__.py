"""Taking one part of an estate over: the switch in the file, the proof that nothing differs, the import."""
