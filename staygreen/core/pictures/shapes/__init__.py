"""The five shapes that every picture is made of: bars by day, grid, lanes, sparkline, ranking."""
