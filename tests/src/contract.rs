//! What the descriptors say of every RPC: who may call it, and how it is reached over HTTP.

use patron_chassis::peer::Peer;
use patron_proto::{
    access::v1::Access,
    google::api::{HttpRule, http_rule::Pattern},
};
use prost::Message;
use prost_reflect::{DescriptorPool, MessageDescriptor, MethodDescriptor};

/// One RPC.
#[derive(Debug, Clone)]
pub struct Rpc {
    /// What declares it.
    pub descriptor: MethodDescriptor,
    /// Its access option; `None` for health and reflection, which are not Patron's own.
    pub access: Option<Access>,
    /// Methods and path templates by which it is reached over HTTP, the first one first.
    pub http: Vec<(http::Method, String)>,
    /// What an HTTP body holds: `*` for the whole request, the name of one of its fields, or empty where there is none.
    pub body: String,
}

impl Rpc {
    fn of(descriptor: MethodDescriptor) -> Self {
        let first: Option<HttpRule> = option(&descriptor, "google.api.http");
        let body = first.as_ref().map(|rule| rule.body.clone()).unwrap_or_default();
        let more = first.iter().flat_map(|rule| rule.additional_bindings.clone()).collect::<Vec<_>>();
        let http =
            first.into_iter().chain(more).filter_map(|rule| rule.pattern.map(method_and_path)).collect();
        Self { access: option(&descriptor, "patron.access.v1.access"), descriptor, http, body }
    }

    /// `package.Service/Method`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.descriptor.parent_service().full_name(), self.descriptor.name())
    }

    /// The path of its calls.
    pub fn path(&self) -> String {
        format!("/{}", self.name())
    }

    /// The message that an HTTP body holds.
    pub fn body_message(&self) -> Option<MessageDescriptor> {
        match self.body.as_str() {
            "" => None,
            "*" => Some(self.descriptor.input()),
            field => {
                let field = self.descriptor.input().get_field_by_name(field).expect("the rule names a field");
                field.kind().as_message().cloned()
            }
        }
    }

    /// A path for each of its HTTP rules, naming resources that do not exist: `/v1/{name=customers/*}:overview` becomes
    /// `/v1/customers/{uuid}:overview`.
    pub fn http_of_nothing(&self) -> impl Iterator<Item = (http::Method, String)> {
        self.http.iter().map(|(method, template)| (method.clone(), path_of(template)))
    }

    /// Names of the processes of the mesh that may call it in their own name.
    pub fn peers(&self) -> Vec<String> {
        let named = self.access.as_ref().map(|access| access.peers.as_slice()).unwrap_or_default();
        if named == ["*"] { Peer::all().map(|peer| peer.name().to_owned()).collect() } else { named.to_vec() }
    }
}

/// Every RPC of a gRPC service, by the service's full name. Knows those of Patron, health and reflection.
pub fn rpcs_of(service: &str) -> Vec<Rpc> {
    let found = pools().into_iter().find_map(|pool| pool.get_service_by_name(service));
    let service = found.unwrap_or_else(|| panic!("no descriptor of {service}"));
    service.methods().map(Rpc::of).collect()
}

/// Full names of Patron's gRPC services.
pub fn services() -> Vec<String> {
    patron_proto::pool().services().map(|service| service.full_name().to_owned()).collect()
}

/// Every RPC of Patron.
pub fn rpcs() -> Vec<Rpc> {
    services().iter().flat_map(|service| rpcs_of(service)).collect()
}

fn path_of(template: &str) -> String {
    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
    let mut path = String::new();
    for part in template.split_inclusive(['{', '}']) {
        match part.strip_suffix('}') {
            Some(variable) => path.push_str(variable.split_once('=').map_or("*", |(_, pattern)| pattern)),
            None => path.push_str(part.trim_end_matches('{')),
        }
    }
    path.replace('*', ID)
}

fn pools() -> [DescriptorPool; 4] {
    let decode = |set| DescriptorPool::decode(set).expect("what is built in can be decoded");
    [
        patron_proto::pool().clone(),
        decode(tonic_health::pb::FILE_DESCRIPTOR_SET),
        decode(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET),
        decode(tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET),
    ]
}

fn option<M: Message + Default>(rpc: &MethodDescriptor, name: &str) -> Option<M> {
    let extension = rpc.parent_pool().get_extension_by_name(name)?;
    let options = rpc.options();
    if !options.has_extension(&extension) {
        return None;
    }
    let value = options.get_extension(&extension);
    let message = value.as_message().expect("the option is a message").encode_to_vec();
    Some(M::decode(message.as_slice()).expect("it was just encoded"))
}

fn method_and_path(pattern: Pattern) -> (http::Method, String) {
    match pattern {
        Pattern::Get(path) => (http::Method::GET, path),
        Pattern::Put(path) => (http::Method::PUT, path),
        Pattern::Post(path) => (http::Method::POST, path),
        Pattern::Delete(path) => (http::Method::DELETE, path),
        Pattern::Patch(path) => (http::Method::PATCH, path),
    }
}
