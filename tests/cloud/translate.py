"""Prints, as JSON, the CloudFormation template that AWS SAM makes of the SAM template named on the command line.

A function's code becomes `s3://code/FOLDER`, FOLDER being its CodeUri seen from the workspace root: nothing is built or uploaded.
"""

import json
import os
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    """Knows no policy of AWS's own, so that a template which leans on one does not translate."""

    def load(self):
        return {}


def main(path):
    with open(path, encoding="utf-8") as file:
        template = yaml_parse(file.read())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = resource["Properties"]
            folder = os.path.normpath(os.path.join("infra/aws", properties["CodeUri"]))
            properties["CodeUri"] = f"s3://code/{folder}"
    translated = transform(template, {}, NoManagedPolicies(), passthrough_metadata=True)
    json.dump(translated, sys.stdout, indent=2)


main(sys.argv[1])
