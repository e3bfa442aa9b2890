"""Business senders: the rules of the Business Platform as data, a sender's state, and what it may send.

Core: no clock, no input or output. A gateway (`adapters.whatsapp_cloud`) hands in facts and asks.
"""
