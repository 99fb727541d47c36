//! Demo
pub async fn fill(_mesh: &crate::mesh::Mesh, _count: u32) -> anyhow::Result<()> { Ok(()) }
