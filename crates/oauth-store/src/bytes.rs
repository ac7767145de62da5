//! Keys as bytes that sort as the keys do, for backends that know nothing else.

use oauth_sansio::Digest;

use crate::{Key, Table, Tenant};

impl Key {
    /// How many bytes a key is.
    pub const LENGTH: usize = 8 + 1 + 32;

    /// Tenant, table and digest, in this order. Digests of tokens start with their time, so what is written together
    /// lies together.
    pub fn to_bytes(&self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; _];
        let (tenant, rest) = bytes.split_at_mut(8);
        let (table, id) = rest.split_at_mut(1);
        tenant.copy_from_slice(&self.tenant.as_u64().to_be_bytes());
        table.copy_from_slice(&[number(self.table)]);
        id.copy_from_slice(self.id.as_bytes());
        bytes
    }

    /// `None` when no key has these bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (tenant, rest) = bytes.split_first_chunk()?;
        let (number, id) = rest.split_first()?;
        let id = Digest::from_bytes(id.try_into().ok()?);
        Some(Self::new(Tenant::from_u64(u64::from_be_bytes(*tenant)), table(*number)?, id))
    }

    /// What lies right before and right behind the bytes of all keys of one kind.
    pub fn around(tenant: Tenant, table: Table) -> [Vec<u8>; 2] {
        let first = Self::new(tenant, table, Digest::from_bytes([0; 32])).to_bytes();
        let prefix = first.split_last_chunk::<32>().map_or(&first[..], |(prefix, _)| prefix);
        [prefix.to_vec(), [prefix, &[0xff; 33]].concat()]
    }
}

/// The numbers are in files and databases: one that was given never means anything else.
macro_rules! numbers {
    ($($table:ident = $number:literal,)*) => {
        const fn number(table: Table) -> u8 {
            match table {
                $(Table::$table => $number,)*
            }
        }

        const fn table(number: u8) -> Option<Table> {
            match number {
                $($number => Some(Table::$table),)*
                _ => None,
            }
        }
    };
}

numbers! {
    OAuth1Client = 1,
    OAuth1Nonce = 2,
    OAuth1Temporary = 3,
    OAuth1Interaction = 4,
    OAuth1Approval = 5,
    OAuth1Try = 6,
    OAuth1Token = 7,
    OAuth2Client = 8,
    OAuth2Pushed = 9,
    OAuth2Pending = 10,
    OAuth2Code = 11,
    OAuth2Access = 12,
    OAuth2Refresh = 13,
    OAuth2Device = 14,
    OAuth2DeviceDecision = 15,
    OAuth2Polls = 16,
    OAuth2UserCode = 17,
    OAuth2Consent = 18,
    OAuth2Assertion = 19,
    OAuth2Proof = 20,
    User = 21,
    Login = 22,
    SigningKey = 23,
    Setting = 24,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_and_its_bytes_sort_as_it_does() {
        let tenants = [0, 1, u64::MAX / 2 + 1, u64::MAX].map(Tenant::from_u64);
        let tables: Vec<_> = (1..=24).map(|number| table(number).unwrap()).collect();
        let ids = [[0; 32], [0x7f; 32], [0xff; 32]].map(Digest::from_bytes);
        let mut keys = Vec::new();
        for tenant in tenants {
            keys.extend(tables.iter().flat_map(|table| ids.map(|id| Key::new(tenant, *table, id))));
        }
        assert!(keys.is_sorted());
        assert!(keys.iter().map(Key::to_bytes).is_sorted_by(|a, b| a < b));
        assert!(keys.iter().all(|key| Key::from_bytes(&key.to_bytes()) == Some(*key)));
    }

    #[test]
    fn all_keys_of_a_kind_and_no_others_lie_between_its_bounds() {
        let [before, behind] = Key::around(Tenant::from_u64(7), Table::User);
        let between = |tenant, table, id| {
            let bytes = Key::new(Tenant::from_u64(tenant), table, Digest::from_bytes([id; 32])).to_bytes();
            bytes[..] > *before && bytes[..] < *behind
        };
        assert!([0, 0x7f, 0xff].into_iter().all(|id| between(7, Table::User, id)));
        assert!(![0, 0x7f, 0xff].into_iter().any(|id| between(7, Table::Login, id)
            || between(7, Table::OAuth2Proof, id)
            || between(6, Table::User, id)
            || between(8, Table::User, id)));
    }

    #[test]
    fn bytes_that_are_no_key_are_none() {
        let bytes = Key::new(Tenant::from_u64(7), Table::OAuth2Code, Digest::of("code")).to_bytes();
        let unknown = |number| {
            let mut bytes = bytes;
            bytes[8] = number;
            Key::from_bytes(&bytes)
        };
        assert_eq!([unknown(0), unknown(25), unknown(255)], [None; 3]);
        assert!((0..bytes.len()).all(|end| Key::from_bytes(&bytes[..end]).is_none()));
        assert!(Key::from_bytes(&[&bytes[..], &[0]].concat()).is_none());
    }
}
