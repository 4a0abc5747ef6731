"""The pages 台账 and 统计: choose a register or a month, look, print, save, and go from a figure to its rows."""
