//! The reads about what opens: sites, access points, groups and what they open.

use domain::GroupId;
use reqwest::Method;

use super::{Client, GROUP};
use crate::{
    AccessPoint, AccessToken, BrivoError, Group, GroupDoor, Page, Site, SiteId, paging::read_whole, wire::List,
};

const SITE: &str = "site";
const SITES: &str = "list of sites";
const ACCESS_POINTS: &str = "list of access points";
const GROUP_DOORS: &str = "list of a group's access points";

impl Client {
    /// A page of the sites that the administrator may see, without their time zones.
    ///
    /// # Errors
    /// Any [`BrivoError`].
    ///
    /// Source: Brivo API, `GET /sites`, 2026-09-28.
    pub async fn sites(&self, token: &AccessToken, offset: usize) -> Result<Page<Site>, BrivoError> {
        self.page(token, "sites", offset, SITES).await
    }

    /// All sites that the administrator may see: a call for every hundred.
    ///
    /// # Errors
    /// Any [`BrivoError`].
    pub async fn all_sites(&self, token: &AccessToken) -> Result<Vec<Site>, BrivoError> {
        read_whole(|offset| self.sites(token, offset), |site| site.id).await
    }

    /// The site with that id, with its time zone.
    ///
    /// # Errors
    /// Any [`BrivoError`]; [`BrivoError::NotFound`] if it is gone or hidden.
    ///
    /// Source: Brivo API, `GET /sites/{id}`, 2026-09-28.
    pub async fn site(&self, token: &AccessToken, site: SiteId) -> Result<Site, BrivoError> {
        let request = self.api(token, Method::GET, &format!("sites/{site}"))?;
        let found: Site = self.answer("site", request, SITE).await?;
        if found.id == site { Ok(found) } else { Err(BrivoError::Unreadable { expected: SITE }) }
    }

    /// The access points of a site that the administrator may see, in one call: this list has no pages.
    ///
    /// # Errors
    /// Any [`BrivoError`]; [`BrivoError::NotFound`] if the site is gone or hidden.
    ///
    /// Source: Brivo API, `GET /sites/{id}/access-points`, 2026-09-28.
    pub async fn access_points_of(&self, token: &AccessToken, site: SiteId) -> Result<Vec<AccessPoint>, BrivoError> {
        let request = self.api(token, Method::GET, &format!("sites/{site}/access-points"))?;
        let list: List<AccessPoint> = self.answer("access points of site", request, ACCESS_POINTS).await?;
        list.entries().ok_or(BrivoError::Unreadable { expected: ACCESS_POINTS })
    }

    /// The group with that id.
    ///
    /// # Errors
    /// Any [`BrivoError`]; [`BrivoError::NotFound`] if it is gone or hidden from the connected administrator.
    ///
    /// Source: Brivo API, `GET /groups/{id}`, 2026-09-28.
    pub async fn group(&self, token: &AccessToken, group: GroupId) -> Result<Group, BrivoError> {
        let request = self.api(token, Method::GET, &format!("groups/{group}"))?;
        let found: Group = self.answer("group", request, GROUP).await?;
        if found.id == group { Ok(found) } else { Err(BrivoError::Unreadable { expected: GROUP }) }
    }

    /// A page of what a group opens, and when.
    ///
    /// # Errors
    /// Any [`BrivoError`]; [`BrivoError::NotFound`] if the group is gone or hidden.
    ///
    /// Source: Brivo API, `GET /groups/{id}/access/access-points`, 2026-09-28.
    pub async fn group_doors(
        &self,
        token: &AccessToken,
        group: GroupId,
        offset: usize,
    ) -> Result<Page<GroupDoor>, BrivoError> {
        self.page(token, &format!("groups/{group}/access/access-points"), offset, GROUP_DOORS).await
    }

    /// All that a group opens, and when: a call for every hundred.
    ///
    /// # Errors
    /// Any [`BrivoError`].
    pub async fn group_doors_of(&self, token: &AccessToken, group: GroupId) -> Result<Vec<GroupDoor>, BrivoError> {
        let key = |door: &GroupDoor| (door.access_point.id, door.schedule.as_ref().map(|schedule| schedule.id));
        read_whole(|offset| self.group_doors(token, group, offset), key).await
    }
}
