"""The tool in the pipelines of GitHub and GitLab: one script, run by the action, the recipes and the tests alike.

It runs the tool as a process of its own. The process with the tenant's token never talks to the forge and gets no token
of the forge; what talks to the forge never talks to the tenant.
"""
