"""
Integrations of other systems, brought over: what they exported, read and stored as ours.

`rocketchat` and `mattermost` read documents, which come from files (`documents`) or from a server
(`rocketchat_api`); `importer` stores what they found, and `report` tells what came of it.
"""
