"""Reads a customer with nothing but a port, the authority's certificate and a token: get_customer.py HOST:PORT AUTHORITY NAME

The token is in the variable TOKEN. Prints the services that there are, and the customer, as JSON.
"""

import json
import os
import sys
from pathlib import Path

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.json_format import MessageToDict
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

SERVICE = "patron.profile.v1.CustomerService"

address, authority, name = sys.argv[1:]
credentials = grpc.composite_channel_credentials(
    grpc.ssl_channel_credentials(Path(authority).read_bytes()),
    grpc.access_token_call_credentials(os.environ["TOKEN"]),
)
# the certificate names the service, not the address; a proxy has no part in a call on one machine
options = [("grpc.ssl_target_name_override", "profile"), ("grpc.enable_http_proxy", 0)]
with grpc.secure_channel(address, credentials, options) as channel:
    found = ProtoReflectionDescriptorDatabase(channel)
    method = DescriptorPool(found).FindServiceByName(SERVICE).FindMethodByName("GetCustomer")
    get_customer = channel.unary_unary(
        f"/{SERVICE}/{method.name}",
        request_serializer=lambda request: request.SerializeToString(),
        response_deserializer=GetMessageClass(method.output_type).FromString,
    )
    customer = get_customer(GetMessageClass(method.input_type)(name=name), timeout=10)
    print(json.dumps({"services": list(found.get_services()), "customer": MessageToDict(customer)}))
