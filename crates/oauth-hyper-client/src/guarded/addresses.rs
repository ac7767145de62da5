//! Which addresses belong to everybody: what is left when the special ones of RFC 6890 and its registries are taken away.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is one that anybody on the internet could mean, and not one inside of a machine or a network.
///
/// ```
/// use oauth_hyper_client::is_public_address;
///
/// assert!(is_public_address("93.184.215.14".parse().unwrap()));
/// assert!(!is_public_address("169.254.169.254".parse().unwrap()));
/// assert!(!is_public_address("::ffff:10.0.0.1".parse().unwrap()));
/// ```
pub const fn is_public_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

const fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        // "This network", private use, loopback
        [0 | 10 | 127, ..] => true,
        // Shared by the customers of a carrier (RFC 6598)
        [100, second, ..] => second & 0b1100_0000 == 64,
        // Link-local, where clouds keep their secrets
        [169, 254, ..] => true,
        [172, second, ..] => second & 0b1111_0000 == 16,
        // Protocol assignments, documentation, relays of 6to4, private use
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [192, 168, ..] => true,
        // Benchmarks, documentation
        [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => true,
        // Multicast, reserved, broadcast
        [first, ..] => first >= 224,
    };
    !special
}

/// Only what is global unicast is public at all, so a kind of address that comes up later is not.
const fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // An address of IPv4 behind a translator counts as that (RFC 6052 section 2.1).
        [0x64, 0xff9b, 0, 0, 0, 0, _, _] => {
            let [.., a, b, c, d] = address.octets();
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // Protocol assignments with Teredo, documentation, 6to4, documentation again
        [0x2001, second, ..] => second > 0x1ff && second != 0xdb8,
        [0x2002, ..] => false,
        [0x3fff, second, ..] => second > 0xfff,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn are_public(addresses: &[&str], public: bool) {
        for address in addresses {
            assert_eq!(is_public_address(address.parse().unwrap()), public, "{address}");
        }
    }

    #[test]
    fn d08_no_address_inside_is_public() {
        are_public(
            &[
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "10.255.255.255",
                "100.64.0.0",
                "100.127.255.255",
                "127.0.0.1",
                "127.255.255.255",
                "169.254.0.1",
                "169.254.169.254",
                "172.16.0.0",
                "172.31.255.255",
                "192.0.0.1",
                "192.0.2.1",
                "192.88.99.1",
                "192.168.0.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.1",
                "203.0.113.1",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.1",
                "255.255.255.255",
            ],
            false,
        );
        are_public(
            &[
                "::",
                "::1",
                "::7f00:1",
                "::127.0.0.1",
                "::8.8.8.8",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "::ffff:8.8.8.8",
                "64:ff9b::127.0.0.1",
                "64:ff9b::10.0.0.1",
                "64:ff9b::169.254.169.254",
                "64:ff9b:1::8.8.8.8",
                "100::1",
                "fc00::1",
                "fd00:ec2::254",
                "fdff::1",
                "fe80::1",
                "febf::1",
                "fec0::1",
                "ff02::1",
                "2001::1",
                "2001:0:7f00:1::",
                "2001:2::1",
                "2001:10::1",
                "2001:1ff::1",
                "2001:db8::1",
                "2002:7f00:1::",
                "2002:a00:1::1",
                "3fff::1",
                "3fff:fff::1",
                "5f00::1",
            ],
            false,
        );
    }

    #[test]
    fn what_lies_beside_a_special_range_is_public() {
        are_public(
            &[
                "1.0.0.0",
                "8.8.8.8",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.0.0.1",
                "128.0.0.1",
                "169.253.0.1",
                "169.255.0.1",
                "172.15.255.255",
                "172.32.0.0",
                "192.0.1.1",
                "192.88.98.1",
                "192.167.0.1",
                "192.169.0.1",
                "198.17.0.1",
                "198.20.0.1",
                "198.51.99.1",
                "203.0.112.1",
                "223.255.255.255",
            ],
            true,
        );
        are_public(
            &[
                "2000::1",
                "2001:200::1",
                "2001:4860:4860::8888",
                "2003::1",
                "2606:4700::1",
                "3ffe::1",
                "3fff:1000::1",
                "64:ff9b::8.8.8.8",
            ],
            true,
        );
    }
}
