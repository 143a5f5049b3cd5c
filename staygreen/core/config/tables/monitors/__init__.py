"""`[monitor.<check>]`: the settings of each check, one file each."""
