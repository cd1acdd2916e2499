"""Lambda as boto3 sees it."""

from __future__ import annotations

import io
import json
import secrets
import unittest
import zipfile

from clients import client

PYTHON = """
def handler(event, context):
    if event.get("fail"):
        raise ValueError("as asked")
    return {"doubled": event["value"] * 2}
"""

NODE = "exports.handler = async (event) => ({ doubled: event.value * 2 });"


def zipped(name: str, text: str) -> bytes:
    """A zip of one file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, text)
    return target.getvalue()


class LambdaTest(unittest.TestCase):
    """Functions of their own."""

    def setUp(self) -> None:
        """Makes the client."""
        self.functions = client("lambda")
        self.name = f"test-{secrets.token_hex(5)}"

    def test_functions_of_both_runtimes_run(self) -> None:
        """Created, listed, invoked, failed, changed, deleted."""
        for runtime, file, text in [("python3.12", "app.py", PYTHON), ("nodejs22.x", "app.js", NODE)]:
            name = f"{self.name}-{runtime[:4]}"
            role = "arn:aws:iam::000000000000:role/SagewrightExecution"
            made = self.functions.create_function(
                FunctionName=name, Runtime=runtime, Role=role, Handler="app.handler", Code={"ZipFile": zipped(file, text)}
            )
            self.assertEqual(made["FunctionArn"], f"arn:aws:lambda:us-east-1:000000000000:function:{name}")
            self.assertIn(name, [one["FunctionName"] for one in self.functions.list_functions()["Functions"]])
            answer = self.functions.invoke(FunctionName=name, Payload=json.dumps({"value": 21}))
            self.assertEqual(answer["StatusCode"], 200)
            self.assertNotIn("FunctionError", answer)
            self.assertEqual(json.loads(answer["Payload"].read()), {"doubled": 42})
            if runtime.startswith("python"):
                failed = self.functions.invoke(FunctionName=name, Payload=json.dumps({"fail": True}))
                self.assertEqual(failed["FunctionError"], "Unhandled")
                self.assertEqual(json.loads(failed["Payload"].read())["errorMessage"], "as asked")
            self.functions.delete_function(FunctionName=name)
            with self.assertRaises(self.functions.exceptions.ResourceNotFoundException):
                self.functions.get_function(FunctionName=name)

    def test_a_wrong_archive_is_refused(self) -> None:
        """Bytes that are no zip."""
        with self.assertRaises(self.functions.exceptions.InvalidParameterValueException):
            self.functions.create_function(
                FunctionName=self.name,
                Runtime="python3.12",
                Role="arn:aws:iam::000000000000:role/SagewrightExecution",
                Handler="app.handler",
                Code={"ZipFile": b"no zip"},
            )


if __name__ == "__main__":
    unittest.main()
