"""Business senders: sixty days of a simulated shop with and without the gateway's rules, and how fast rules judge.

python -m benchmarks.senders.sixty_days --seeds 10 --out build/senders
python -m benchmarks.senders.load
"""
