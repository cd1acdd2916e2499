"""moto's server, whose CloudFormation makes every type of the app's templates: `python server.py PORT FILE`."""

import os
import sys

# moto then has AWS's own managed policies, so that a role cannot be given one that does not exist.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

import engine
import makers_api
import makers_data
import makers_events
import makers_functions
import makers_models
import makers_watch
from moto.server import main

assert makers_api and makers_data and makers_events and makers_functions and makers_models and makers_watch
port, file = sys.argv[1:]
engine.install(f"http://127.0.0.1:{port}", file)
main(["-H", "127.0.0.1", "-p", port])
