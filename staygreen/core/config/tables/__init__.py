"""The tables of a configuration file, one file each: their keys, types, defaults and documentation."""
