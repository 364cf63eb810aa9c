//! The reads of a preflight that the simulated Brivo knows.

use brivo::BrivoError;
use domain::GroupId;

use super::World;

#[tokio::test]
async fn the_administrator_is_a_senior_one_and_a_group_is_there_or_not() {
    let world = World::new().await;
    world.groups(1..=1);
    let group = |id| world.call(move |client, token| async move { client.group(&token, GroupId(id)).await });

    assert!(world.whoami().await.unwrap().is_senior());
    assert_eq!(group(1).await.unwrap().name, "Group 1");
    assert!(matches!(group(2).await, Err(BrivoError::NotFound)));
}
