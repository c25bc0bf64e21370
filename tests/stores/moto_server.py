"""moto's S3, one request at a time: its conditional writes are not atomic under threads. It has the bucket `states`, and prints
the port that it listens at."""

import boto3
from moto import mock_aws
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

with mock_aws():
    client = boto3.client(
        "s3", region_name="eu-west-1", aws_access_key_id="test-key", aws_secret_access_key="test-secret"
    )
    client.create_bucket(Bucket="states", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=False)
    print(server.port, flush=True)
    server.serve_forever()
