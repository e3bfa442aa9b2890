"""The WhatsApp Cloud API on this machine, with computed enforcement: a model of people, limits and quality, and a face.

`world.py` is the model; it draws nothing at random but by seed and name, and takes time as an argument. `face` speaks
HTTP: the Graph API for clients, `/_sim` for whoever tests them.
"""
