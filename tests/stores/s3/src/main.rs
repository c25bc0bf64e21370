//! A server of S3 in which creating an object is atomic: `keyform-test-s3 DIRECTORY [PORT]`.
//!
//! It keeps objects as files, so that they outlive it, prints the port that it listens at, and takes one key: `test-key` with
//! `test-secret`. There is one bucket, `states`; a listing has pages of seven, so that there are pages.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Mutex,
};

use futures::StreamExt as _;
use s3s::{S3, S3Request, S3Response, S3Result, auth::SimpleAuth, dto, s3_error};

/// The bucket.
const BUCKET: &str = "states";
/// How many objects a page of a listing has.
const PAGE: usize = 7;

/// Objects in a directory, one file each.
struct Objects {
    directory: PathBuf,
    /// Held while anything is read or changed.
    turn: Mutex<()>,
}

impl Objects {
    /// The file of an object; its name has no slash.
    fn file(&self, key: &str) -> PathBuf {
        self.directory.join(key.replace('/', "%"))
    }

    fn keys(&self, prefix: &str) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.directory)?.map(|entry| Ok(entry?.file_name()));
        let names: io::Result<Vec<_>> = names.collect();
        let keys = names?.into_iter().map(|name| name.to_string_lossy().replace('%', "/"));
        let mut keys: Vec<_> = keys.filter(|key| key.starts_with(prefix)).collect();
        keys.sort();
        Ok(keys)
    }
}

fn check(bucket: &str) -> S3Result<()> {
    if bucket == BUCKET { Ok(()) } else { Err(s3_error!(NoSuchBucket)) }
}

fn failed(error: io::Error) -> s3s::S3Error {
    s3_error!(InternalError, "{error}")
}

#[async_trait::async_trait]
impl S3 for Objects {
    async fn put_object(
        &self,
        request: S3Request<dto::PutObjectInput>,
    ) -> S3Result<S3Response<dto::PutObjectOutput>> {
        let input = request.input;
        check(&input.bucket)?;
        let mut content = Vec::new();
        if let Some(mut body) = input.body {
            while let Some(chunk) = body.next().await {
                content.extend_from_slice(&chunk.map_err(|_| s3_error!(IncompleteBody))?);
            }
        }
        // As the policy of a bucket for private keys says.
        let is_private_key = ["/keys/", "/retired/"].iter().any(|part| input.key.contains(part));
        if is_private_key && input.server_side_encryption.is_none() {
            return Err(s3_error!(AccessDenied, "A private key is stored encrypted."));
        }
        let _turn = self.turn.lock().expect("no request panics");
        let file = self.file(&input.key);
        if input.if_none_match.is_some() && file.exists() {
            return Err(s3_error!(PreconditionFailed));
        }
        fs::write(&file, content).map_err(failed)?;
        Ok(S3Response::new(dto::PutObjectOutput {
            e_tag: Some(dto::ETag::Strong(BUCKET.to_owned())),
            ..Default::default()
        }))
    }

    async fn get_object(
        &self,
        request: S3Request<dto::GetObjectInput>,
    ) -> S3Result<S3Response<dto::GetObjectOutput>> {
        check(&request.input.bucket)?;
        let _turn = self.turn.lock().expect("no request panics");
        let file = self.file(&request.input.key);
        let content = fs::read(file).map_err(|_| s3_error!(NoSuchKey))?;
        Ok(S3Response::new(dto::GetObjectOutput {
            content_length: i64::try_from(content.len()).ok(),
            e_tag: Some(dto::ETag::Strong(BUCKET.to_owned())),
            body: Some(s3s::Body::from(content).into()),
            ..Default::default()
        }))
    }

    async fn delete_object(
        &self,
        request: S3Request<dto::DeleteObjectInput>,
    ) -> S3Result<S3Response<dto::DeleteObjectOutput>> {
        check(&request.input.bucket)?;
        let _turn = self.turn.lock().expect("no request panics");
        match fs::remove_file(self.file(&request.input.key)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
            _ => Ok(S3Response::new(dto::DeleteObjectOutput::default())),
        }
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<dto::ListObjectsV2Input>,
    ) -> S3Result<S3Response<dto::ListObjectsV2Output>> {
        let input = request.input;
        check(&input.bucket)?;
        let _turn = self.turn.lock().expect("no request panics");
        let keys = self.keys(input.prefix.as_deref().unwrap_or_default()).map_err(failed)?;
        let after = input.continuation_token.unwrap_or_default();
        let mut rest = keys.into_iter().filter(|key| *key > after);
        let page: Vec<_> = rest.by_ref().take(PAGE).collect();
        let is_truncated = rest.next().is_some();
        let next_continuation_token = page.last().filter(|_| is_truncated).cloned();
        let object = |key| dto::Object { key: Some(key), ..Default::default() };
        Ok(S3Response::new(dto::ListObjectsV2Output {
            contents: Some(page.into_iter().map(object).collect()),
            is_truncated: Some(is_truncated),
            next_continuation_token,
            ..Default::default()
        }))
    }
}

async fn serve(directory: &Path, port: u16) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let objects = Objects { directory: directory.to_owned(), turn: Mutex::new(()) };
    let mut service = s3s::service::S3ServiceBuilder::new(objects);
    service.set_auth(SimpleAuth::from_single("test-key", "test-secret"));
    let service = service.build();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("{}", listener.local_addr()?.port());
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let service = service.clone();
        tokio::spawn(async move {
            let builder =
                hyper_util::server::conn::auto::Builder::new(hyper_util::rt::TokioExecutor::new());
            let socket = hyper_util::rt::TokioIo::new(socket);
            // A client that goes away in the midst of a request is no matter.
            let _ = builder.serve_connection(socket, service).await;
        });
    }
}

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().ok_or_else(|| io::Error::other("name a directory"))?;
    let port = arguments.next().and_then(|port| port.parse().ok()).unwrap_or(0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(Path::new(&directory), port))
}
