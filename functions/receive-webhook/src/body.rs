//! Reads a body of bounded size.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;

use crate::receive::Refusal;

/// The largest body that is taken in.
const LARGEST: usize = 1 << 20;

/// How much of a larger body is read and thrown away, so that its sender reads our answer instead of a broken connection.
const MOST_DISCARDED: usize = 64 << 20;

/// The whole body, if it is not too large.
pub(crate) async fn read(body: Body) -> Result<Bytes, Refusal> {
    let mut stream = body.into_data_stream();
    let mut kept = BytesMut::new();
    let mut read = 0_usize;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Refusal::Broken)?;
        read = read.saturating_add(chunk.len());
        if read <= LARGEST {
            kept.extend_from_slice(&chunk);
        } else if read > MOST_DISCARDED {
            break;
        }
    }
    if read > LARGEST { Err(Refusal::TooLarge) } else { Ok(kept.freeze()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_over_one_mebibyte_is_refused_and_one_of_just_that_is_not() {
        let whole = read(Body::from(vec![b'x'; LARGEST])).await;
        let larger = read(Body::from(vec![b'x'; LARGEST + 1])).await;

        assert_eq!(whole.unwrap().len(), LARGEST);
        assert!(matches!(larger, Err(Refusal::TooLarge)));
    }
}
