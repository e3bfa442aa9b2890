"""Histories at random: findings and acts, played by the sequencer and by the oracle, and compared after every step.

steps    what happens, one line each
menu     policies by short names
play     both sides play a history
stored   the sequencer is built anew from what a database holds
draw     a history at random, by its seed
shrink   the shortest history that still fails
kept     histories that once told the two apart
"""
