//! Where a database of PostgreSQL is, as a person writes it: an address of the kind that libpq reads,
//! without a password.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::endpoint::is_loopback;

/// How TLS is spoken with a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SslMode {
    /// Not at all: only with a server of this machine.
    Disable,
    /// With a certificate that a known authority has signed, for whatever host.
    VerifyCa,
    /// With a certificate that a known authority has signed for this host.
    VerifyFull,
}

/// An address such as `postgres://keyform@db.example/keyform?sslmode=verify-full`. What it leaves out
/// comes from a service of the user's service file, or is what libpq takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostgresUrl {
    /// The host: a name, an address, or the directory of a socket, which begins with `/`.
    pub host: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// The name of the user.
    pub user: Option<String>,
    /// The name of the database.
    pub database: Option<String>,
    /// How TLS is spoken.
    pub ssl_mode: Option<SslMode>,
    /// The file of the authorities that may have signed the server's certificate.
    pub ssl_root_certificate: Option<String>,
    /// The service of the user's service file that has the rest.
    pub service: Option<String>,
}

/// Why a text is not such an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostgresUrlProblem {
    /// It begins with another scheme.
    #[error("it does not begin with `postgres://`")]
    Scheme,
    /// It has a password, which is not shown.
    #[error("it has a password")]
    Password,
    /// Its host is none, or it has several.
    #[error("its host is not one name, one address or the directory of a socket")]
    Host,
    /// Its port is none.
    #[error("its port is not a number from 1 to 65535")]
    Port,
    /// It has something behind `%` that is not a character.
    #[error("it has a `%` that does not encode a character")]
    Encoding,
    /// It has a parameter that is not known here.
    #[error("its parameter `{name}` is not known here")]
    Parameter {
        /// The name of the parameter.
        name: String,
    },
    /// TLS would not verify whom it speaks to.
    #[error("sslmode={mode} does not verify the server")]
    Unverified {
        /// What it says.
        mode: String,
    },
    /// Another machine would be spoken to without TLS.
    #[error("sslmode=disable is for a server of this machine")]
    Unencrypted,
    /// `verify-ca` with the authorities of the system: each of them signs for anyone.
    #[error("sslmode=verify-ca needs an sslrootcert")]
    NoAuthority,
}

impl PostgresUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// [`PostgresUrlProblem`].
    pub fn parse(text: &str) -> Result<Self, PostgresUrlProblem> {
        let rest = ["postgres://", "postgresql://"].iter().find_map(|one| text.strip_prefix(one));
        let rest = rest.ok_or(PostgresUrlProblem::Scheme)?;
        let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, server) = match authority.rsplit_once('@') {
            Some((user, server)) => (user, server),
            None => ("", authority),
        };
        if user.contains(':') {
            return Err(PostgresUrlProblem::Password);
        }
        let (host, port) = server_of(server)?;
        let mut url =
            Self { host, port, user: given(user)?, database: given(database)?, ..Self::default() };
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            url.set(&decoded(name)?, &decoded(value)?)?;
        }
        url.check()?;
        Ok(url)
    }

    /// Takes over a parameter of an address, or of a service.
    ///
    /// # Errors
    /// [`PostgresUrlProblem`].
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), PostgresUrlProblem> {
        let value = value.to_owned();
        match name {
            "host" if self.host.is_none() && is_host(&value) => self.host = Some(value),
            "host" => return Err(PostgresUrlProblem::Host),
            "port" => self.port = Some(port_of(&value)?),
            "user" => self.user = Some(value),
            "dbname" => self.database = Some(value),
            "sslmode" => self.ssl_mode = Some(SslMode::parse(&value)?),
            "sslrootcert" => self.ssl_root_certificate = Some(value),
            "service" => self.service = Some(value),
            "password" | "sslpassword" => return Err(PostgresUrlProblem::Password),
            _ => return Err(PostgresUrlProblem::Parameter { name: name.to_owned() }),
        }
        Ok(())
    }

    /// What holds between the parts. What a service adds is known when the service is.
    ///
    /// # Errors
    /// [`PostgresUrlProblem`].
    pub fn check(&self) -> Result<(), PostgresUrlProblem> {
        let is_elsewhere = self.host.as_deref().is_some_and(|host| !is_on_this_machine(host));
        match self.ssl_mode {
            Some(SslMode::Disable) if is_elsewhere => Err(PostgresUrlProblem::Unencrypted),
            Some(SslMode::VerifyCa) if !self.has_authorities() => {
                Err(PostgresUrlProblem::NoAuthority)
            }
            _ => Ok(()),
        }
    }

    /// Whether it names a file of authorities, not those of the system.
    fn has_authorities(&self) -> bool {
        self.ssl_root_certificate.as_deref().is_some_and(|file| file != "system")
    }
}

impl SslMode {
    /// Reads the value of `sslmode`.
    ///
    /// # Errors
    /// [`PostgresUrlProblem::Unverified`] for those that speak to whoever answers.
    pub fn parse(text: &str) -> Result<Self, PostgresUrlProblem> {
        match text {
            "disable" => Ok(Self::Disable),
            "verify-ca" => Ok(Self::VerifyCa),
            "verify-full" => Ok(Self::VerifyFull),
            mode => Err(PostgresUrlProblem::Unverified { mode: mode.to_owned() }),
        }
    }
}

impl SslMode {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

/// What stands in a part of an address as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = |text| utf8_percent_encode(text, PLAIN);
        f.write_str("postgres://")?;
        self.user.as_ref().map_or(Ok(()), |user| write!(f, "{}@", encoded(user)))?;
        match self.host.as_deref() {
            Some(host) if host.contains(':') => write!(f, "[{host}]")?,
            Some(host) => write!(f, "{}", encoded(host))?,
            None => {}
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))?;
        self.database.as_ref().map_or(Ok(()), |name| write!(f, "/{}", encoded(name)))?;
        let parameters = [
            ("service", self.service.as_deref()),
            ("sslmode", self.ssl_mode.map(SslMode::as_str)),
            ("sslrootcert", self.ssl_root_certificate.as_deref()),
        ];
        let written = parameters.into_iter().filter_map(|(name, value)| Some((name, value?)));
        for (index, (name, value)) in written.enumerate() {
            let before = if index == 0 { '?' } else { '&' };
            write!(f, "{before}{name}={}", encoded(value))?;
        }
        Ok(())
    }
}

/// Whether a host is this machine: a loopback address, or the directory of a socket.
#[must_use]
pub fn is_on_this_machine(host: &str) -> bool {
    host.starts_with('/') || is_loopback(host)
}

/// The host and the port of the part between the user and the database.
fn server_of(text: &str) -> Result<(Option<String>, Option<u16>), PostgresUrlProblem> {
    if text.contains(',') {
        return Err(PostgresUrlProblem::Host);
    }
    let (host, port) = match text.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(None) => return Err(PostgresUrlProblem::Host),
        Some(Some((host, behind))) => (host, behind.strip_prefix(':').unwrap_or(behind)),
        None => text.split_once(':').unwrap_or((text, "")),
    };
    let host = given(host)?;
    if host.as_deref().is_some_and(|host| !is_host(host)) {
        return Err(PostgresUrlProblem::Host);
    }
    let port = Some(port).filter(|port| !port.is_empty()).map(port_of).transpose()?;
    Ok((host, port))
}

fn port_of(digits: &str) -> Result<u16, PostgresUrlProblem> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse().ok().filter(|number: &u16| is_plain && *number > 0);
    number.ok_or(PostgresUrlProblem::Port)
}

/// Whether a text can be a host: strictly, since what another reader could take for another host is
/// no host here.
fn is_host(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let is_name = !text.is_empty() && text.len() <= 253 && text.bytes().all(is_plain);
    let is_directory = text.starts_with('/') && !text.contains([',', '\0']);
    is_name || is_directory || text.parse::<std::net::Ipv6Addr>().is_ok()
}

fn given(text: &str) -> Result<Option<String>, PostgresUrlProblem> {
    Ok(Some(decoded(text)?).filter(|text| !text.is_empty()))
}

fn decoded(text: &str) -> Result<String, PostgresUrlProblem> {
    let decoded = percent_decode_str(text).decode_utf8();
    let decoded = decoded.map_err(|_| PostgresUrlProblem::Encoding)?.into_owned();
    let is_broken = decoded.chars().any(char::is_control);
    if is_broken { Err(PostgresUrlProblem::Encoding) } else { Ok(decoded) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> PostgresUrl {
        PostgresUrl::parse(text).unwrap_or_else(|problem| panic!("{text}: {problem}"))
    }

    #[test]
    fn an_address_names_what_it_names_and_leaves_the_rest_open() {
        let text = |text: &str| Some(text.to_owned());
        let full =
            "postgres://key%40form@db.example:6432/states?sslmode=verify-ca&sslrootcert=ca.pem";
        assert_eq!(
            url(full),
            PostgresUrl {
                host: text("db.example"),
                port: Some(6432),
                user: text("key@form"),
                database: text("states"),
                ssl_mode: Some(SslMode::VerifyCa),
                ssl_root_certificate: text("ca.pem"),
                service: None,
            }
        );
        assert_eq!(url("postgresql://"), PostgresUrl::default());
        assert_eq!(url("postgres://?service=keyform").service, text("keyform"));
        assert_eq!(url("postgres://[::1]:5433/x").host, text("::1"));
        let socket =
            url("postgres:///x?host=%2Fvar%2Frun%2Fpostgresql&sslmode=disable&user=k&port=1");
        assert_eq!(socket.host, text("/var/run/postgresql"));
        assert_eq!((socket.user, socket.port), (text("k"), Some(1)));
        let encoded = url("postgres://%2Fvar%2Frun%2Fpostgresql/x?dbname=y");
        assert_eq!((encoded.host, encoded.database), (text("/var/run/postgresql"), text("y")));
        for written in
            [full, "postgres://", "postgres://k@[::1]:1/x?service=a%20b", "postgres://db"]
        {
            assert_eq!(url(&url(written).to_string()), url(written), "{written}");
        }
    }

    #[test]
    fn a_password_and_a_server_that_is_not_verified_are_refused() {
        let unverified = |mode: &str| PostgresUrlProblem::Unverified { mode: mode.to_owned() };
        let parameter = |name: &str| PostgresUrlProblem::Parameter { name: name.to_owned() };
        for (text, problem) in [
            ("mysql://db/x", PostgresUrlProblem::Scheme),
            ("host=db dbname=x", PostgresUrlProblem::Scheme),
            ("postgres://k:secret@db/x", PostgresUrlProblem::Password),
            ("postgres://k:@db/x", PostgresUrlProblem::Password),
            ("postgres://db/x?password=secret", PostgresUrlProblem::Password),
            ("postgres://db/x?p%61ssword=secret", PostgresUrlProblem::Password),
            ("postgres://one,two/x", PostgresUrlProblem::Host),
            ("postgres://one/x?host=two", PostgresUrlProblem::Host),
            ("postgres://a b/x", PostgresUrlProblem::Host),
            ("postgres://db%2Cother/x", PostgresUrlProblem::Host),
            ("postgres://[::1/x", PostgresUrlProblem::Host),
            ("postgres://db:0/x", PostgresUrlProblem::Port),
            ("postgres://db:+1/x", PostgresUrlProblem::Port),
            ("postgres://db:70000/x", PostgresUrlProblem::Port),
            ("postgres://db/%ff", PostgresUrlProblem::Encoding),
            ("postgres://db/%0a", PostgresUrlProblem::Encoding),
            ("postgres://db/x?sslmode=require", unverified("require")),
            ("postgres://db/x?sslmode=prefer", unverified("prefer")),
            ("postgres://db/x?sslmode=", unverified("")),
            ("postgres://db/x?sslmode=disable", PostgresUrlProblem::Unencrypted),
            ("postgres://db/x?sslmode=verify-ca", PostgresUrlProblem::NoAuthority),
            (
                "postgres://db/x?sslmode=verify-ca&sslrootcert=system",
                PostgresUrlProblem::NoAuthority,
            ),
            ("postgres://db/x?sslkey=k.pem", parameter("sslkey")),
            ("postgres://db/x?options=-csearch_path%3Dx", parameter("options")),
        ] {
            assert_eq!(PostgresUrl::parse(text), Err(problem), "{text}");
        }
    }
}
