//! What an operator may write, and what is said to them when it cannot be read.

use super::*;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn with(pairs: &[(&str, &str)]) -> Config {
    Config::load(&env(pairs), None).unwrap()
}

fn wrong(pairs: &[(&str, &str)], file: Option<&str>) -> String {
    Config::load(&env(pairs), file).unwrap_err().to_string()
}

#[test]
fn every_default_can_be_read() {
    let config = with(&[]);
    assert_eq!(config.env, Mode::Development);
    assert_eq!(config.listen.to_string(), "127.0.0.1:4000");
    assert_eq!(config.data, PathBuf::from("./horarium-data"));
    assert_eq!(config.sqlite_synchronous, Synchronous::Full);
    assert!(config.database_url.is_none() && config.secret.is_none() && config.oidc.is_empty());
}

#[test]
fn the_environment_wins_over_the_file_and_an_empty_variable_is_not_set() {
    let file = "listen = \"127.0.0.1:5000\"\npool_size = 20\nlog = \"warn\"";
    let set = env(&[("HORARIUM_LISTEN", "[::1]:6000"), ("HORARIUM_LOG", "  ")]);
    let config = Config::load(&set, Some(file)).unwrap();
    assert_eq!(config.listen.to_string(), "[::1]:6000");
    assert_eq!(config.pool_size.get(), 20);
    assert_eq!(config.log, LogFilter::read("warn").unwrap());
}

#[test]
fn a_wrong_value_is_told_with_its_name_and_what_would_be_right() {
    insta::assert_snapshot!(wrong(
        &[
            ("HORARIUM_ENV", "prod"),
            ("HORARIUM_LISTEN", "4000"),
            ("HORARIUM_POOL_SIZE", "0"),
            ("HORARIUM_TRUSTED_PROXIES", "10.0.0.0/8, 10.0.0.1/8"),
            ("HORARIUM_ALLOWED_ORIGINS", "https://app.example.com/login"),
            ("HORARIUM_PUBLIC_URL", "api.example.com"),
            ("HORARIUM_LOG", "verbose"),
        ],
        Some("sqlite_readers = 65\nlog_format = true")
    ), @r#"
    the configuration cannot be used
      HORARIUM_ENV = "prod": expected `development` or `production`
      HORARIUM_LISTEN = "4000": expected an IP address and a port, such as `127.0.0.1:4000` or `[::]:4000`
      HORARIUM_PUBLIC_URL = "api.example.com": expected an address such as `https://api.example.com`
      HORARIUM_POOL_SIZE = "0": expected a whole number from 1 to 1000
      sqlite_readers (in the file) = "65": expected a whole number from 1 to 64
      HORARIUM_TRUSTED_PROXIES = "10.0.0.0/8, 10.0.0.1/8": expected `10.0.0.0/8` where it says `10.0.0.1/8`: the address has bits outside its network
      HORARIUM_ALLOWED_ORIGINS = "https://app.example.com/login": expected `https://app.example.com` where it says `https://app.example.com/login`
      HORARIUM_LOG = "verbose": expected a level, or levels by target, such as `info` or `warn,server::http=debug`
      log_format (in the file) = "true": expected `auto` or `human` or `json`
    "#);
}

#[test]
fn the_log_is_filtered_by_level_and_target_alone() {
    for text in ["info", "OFF", "warn, server::http=debug", "server::http"] {
        assert!(LogFilter::read(text).is_ok(), "{text}");
    }
    let spaced = LogFilter::read("warn, server::http=debug").unwrap();
    assert!(
        spaced
            .filter()
            .would_enable("server::http", &tracing::Level::DEBUG)
    );
    assert!(!spaced.filter().would_enable("sqlx", &tracing::Level::INFO));
    for text in [
        "verbose",
        "info,[request]=debug",
        "server[{id}]=debug",
        "server=loud",
    ] {
        assert!(LogFilter::read(text).is_err(), "{text}");
    }
}

#[test]
fn an_unknown_name_is_refused_with_the_nearest_known_one() {
    insta::assert_snapshot!(wrong(
        &[("HORARIUM_LISTN", "127.0.0.1:1"), ("HORARIUM_TEAPOT", "short and stout"), ("HORARIUM_TEST_POSTGRES", "x")],
        Some("HORARIUM_LISTEN = \"127.0.0.1:1\"\npoolsize = 3\n[database]\nurl = \"postgres://x\"")
    ), @r"
    the configuration cannot be used
      HORARIUM_LISTEN (in the file): no setting has this name; did you mean listen?
      database (in the file): no setting has this name; `horarium config` lists them all
      poolsize (in the file): no setting has this name; did you mean pool_size?
      HORARIUM_LISTN: no setting has this name; did you mean HORARIUM_LISTEN?
      HORARIUM_TEAPOT: no setting has this name; `horarium config` lists them all
    ");
}

#[test]
fn broken_toml_is_told_by_line_without_quoting_it() {
    let told = wrong(&[], Some("log = \"info\"\nsecret = \"canary"));
    assert!(told.contains("the configuration file, line 2: "), "{told}");
    assert!(!told.contains("canary"), "{told}");
}

#[test]
fn a_secret_is_never_shown() {
    let set = env(&[
        ("HORARIUM_SECRET", "canary"),
        ("DATABASE_URL", "mysql://canary@example.com"),
        ("HORARIUM_METRICS_TOKEN", "canary"),
    ]);
    let told = Config::load(&set, None).unwrap_err().to_string();
    assert_eq!(told.matches("(not shown)").count(), 3, "{told}");
    assert!(!told.contains("canary") && !report(&set, None).contains("canary"));

    let good = with(&[
        ("HORARIUM_SECRET", KEY),
        ("DATABASE_URL", "postgres://app:canary@example.com/horarium"),
        ("HORARIUM_METRICS_TOKEN", "canary-canary-canary"),
    ]);
    assert!(!format!("{good:?}").contains("canary"));
    assert!(good.database_url.unwrap().expose().contains("canary"));
}

#[test]
fn a_secret_has_32_bytes_in_hex_or_in_base64_of_either_alphabet() {
    let bytes = |text: &str| MasterKey::read(text).map(|key| key.expose().to_vec());
    let all: Vec<u8> = (0..32).collect();
    assert_eq!(bytes(KEY).unwrap(), all);
    assert_eq!(bytes(&KEY.to_uppercase()).unwrap(), all);
    assert_eq!(
        bytes("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap(),
        all
    );
    assert_eq!(bytes("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap(), all);
    assert_eq!(bytes(&"/".repeat(44)).unwrap(), [0xff; 33]);
    assert_eq!(bytes(&"_".repeat(44)).unwrap(), [0xff; 33]);
    assert!(bytes(&KEY[2..]).unwrap_err().ends_with("and this is 31"));
    assert!(bytes("not a key, but a phrase of more than 32 letters").is_err());
}

#[test]
fn production_wants_its_secret() {
    let told = wrong(&[("HORARIUM_ENV", "production")], None);
    assert!(
        told.contains("HORARIUM_SECRET is missing: in production it must be given"),
        "{told}"
    );
    assert_eq!(
        with(&[("HORARIUM_ENV", "production"), ("HORARIUM_SECRET", KEY)]).env,
        Mode::Production
    );
}

#[test]
fn a_second_login_needs_a_first() {
    for name in ["DATABASE_OWNER_URL", "DATABASE_REPLICA_URL"] {
        let told = wrong(&[(name, "postgres://example.com/horarium")], None);
        assert!(
            told.contains(&format!("DATABASE_URL is missing: {name} is another login")),
            "{told}"
        );
    }
}

#[test]
fn a_number_ends_at_its_limits() {
    for (name, most) in [
        ("HORARIUM_POOL_SIZE", 1000),
        ("HORARIUM_SQLITE_READERS", 64),
        ("HORARIUM_PASSWORD_HASHES", 64),
    ] {
        assert!(Config::load(&env(&[(name, &most.to_string())]), None).is_ok());
        assert!(wrong(&[(name, &(most + 1).to_string())], None).contains(&format!("from 1 to {most}")));
        assert!(wrong(&[(name, "0")], None).contains(name));
    }
}

#[test]
fn a_metrics_token_has_sixteen_characters() {
    assert!(Token::read("0123456789abcdef").is_ok_and(|token| token.expose().len() == 16));
    assert!(Token::read("0123456789abcde").is_err());
}

#[test]
fn issuers_come_as_tables_of_the_file_or_as_json() {
    let file = r#"
        [[oidc]]
        issuer = "https://abc.example.com/auth/v1"
        audiences = ["authenticated"]
        [[oidc]]
        issuer = "https://clerk.example.com"
        authorized_parties = ["https://app.example.com"]
    "#;
    let config = Config::load(&env(&[]), Some(file)).unwrap();
    assert_eq!(config.oidc[1].authorized_parties(), ["https://app.example.com"]);
    let json = r#"[{"issuer":"https://abc.example.com/auth/v1","audiences":["authenticated"]}]"#;
    assert_eq!(with(&[("HORARIUM_OIDC", json)]).oidc[..], config.oidc[..1]);
}

#[test]
fn a_wrong_issuer_is_told() {
    for (json, why) in [
        ("https://a.example.com", "or JSON: `["),
        (
            r#"[{"issuer":"https://a.example.com"}]"#,
            "needs `audiences` or `authorized_parties`",
        ),
        (
            r#"[{"issuer":"http://a.example.com","audiences":["a"]}]"#,
            "must use https",
        ),
        (
            r#"[{"issuer":"https://a.example.com","audience":"a"}]"#,
            "unknown field `audience`",
        ),
        (
            r#"[{"issuer":"https://a.example.com","audiences":["a"]},{"issuer":"https://a.example.com","audiences":["b"]}]"#,
            "expected each issuer once",
        ),
    ] {
        let told = wrong(&[("HORARIUM_OIDC", json)], None);
        assert!(told.contains("HORARIUM_OIDC = ") && told.contains(why), "{told}");
    }
}

#[test]
fn a_proxy_may_be_named_by_its_address_alone() {
    let proxies = with(&[("HORARIUM_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.7 ,::1")]).trusted_proxies;
    let proxies: Vec<_> = proxies.iter().map(IpNet::to_string).collect();
    assert_eq!(proxies, ["10.0.0.0/8", "192.0.2.7/32", "::1/128"]);
}

#[test]
fn the_servers_own_pages_may_open_sockets_under_each_of_its_names() {
    let names = |config: &Config, local: &str| -> Vec<String> {
        let origins = config.origins(local.parse().unwrap());
        origins.iter().map(|origin| origin.as_str().to_owned()).collect()
    };
    assert_eq!(
        names(&with(&[]), "127.0.0.1:4000"),
        [
            "http://127.0.0.1:4000",
            "http://[::1]:4000",
            "http://localhost:4000"
        ]
    );
    let public = with(&[
        ("HORARIUM_PUBLIC_URL", "https://API.example.com:443/"),
        (
            "HORARIUM_ALLOWED_ORIGINS",
            "https://app.example.com,http://localhost:3000/",
        ),
    ]);
    assert_eq!(
        names(&public, "0.0.0.0:4000"),
        [
            "http://localhost:3000",
            "https://api.example.com",
            "https://app.example.com"
        ]
    );
}

#[test]
fn links_begin_with_the_public_address_or_with_the_one_listened_on() {
    let base = |config: &Config, local: &str| config.base_url(local.parse().unwrap());
    assert_eq!(base(&with(&[]), "127.0.0.1:4000"), "http://127.0.0.1:4000");
    assert_eq!(base(&with(&[]), "0.0.0.0:4000"), "http://localhost:4000");
    let public = with(&[("HORARIUM_PUBLIC_URL", "https://example.com/api/")]);
    assert_eq!(base(&public, "0.0.0.0:4000"), "https://example.com/api");
}

#[test]
fn the_report_says_what_holds_and_why() {
    let told = report(
        &env(&[("HORARIUM_LISTEN", "127.0.0.1:1"), ("HORARIUM_SECRET", KEY)]),
        Some("log = \"warn\""),
    );
    for line in [
        "    Now: 127.0.0.1:1 (environment)\n",
        "    Now: warn (file)\n",
        "    Now: set, not shown (environment)\n",
        "    Now: ./horarium-data (default)\n",
        "    Now: not set\n",
    ] {
        assert!(told.contains(line), "{line}{told}");
    }
}

#[test]
fn the_configuration_page_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, manual()).unwrap();
    }
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        page,
        manual(),
        "run UPDATE_DOCS=1 cargo test -p server configuration"
    );
}

#[test]
fn a_mail_server_is_named_with_a_sender_and_its_password_is_never_told() {
    let server = ("HORARIUM_SMTP_URL", "smtps://ana:canary@mail.example.com");
    let told = wrong(&[server], None);
    assert!(told.contains("HORARIUM_MAIL_FROM is missing"), "{told}");
    let config = with(&[server, ("HORARIUM_MAIL_FROM", "bookings@example.com")]);
    assert!(config.smtp_url.is_some() && !format!("{config:?}").contains("canary"));
    let told = wrong(&[("HORARIUM_SMTP_URL", "mail.example.com:canary")], None);
    assert!(
        told.contains("HORARIUM_SMTP_URL") && !told.contains("canary"),
        "{told}"
    );
}

#[test]
fn in_production_no_webhook_goes_to_this_machine() {
    let admitted = ("HORARIUM_WEBHOOK_LOOPBACK", "admitted");
    assert_eq!(with(&[]).webhook_loopback, Loopback::Refused);
    assert_eq!(with(&[admitted]).webhook_loopback, Loopback::Admitted);
    let told = wrong(
        &[admitted, ("HORARIUM_ENV", "production"), ("HORARIUM_SECRET", KEY)],
        None,
    );
    assert!(
        told.contains("HORARIUM_WEBHOOK_LOOPBACK") && told.contains("`refused`"),
        "{told}"
    );
}
