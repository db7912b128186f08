//! Files of languages whose programs are searched for signs, not read: what is safe there, and what stays a guess.

use msb::Request;
use msb::context::{Ignore, MemoryContext, NamedContext};
use msb::planner::{Applicability, Outcome};

/// A file of the context that only has to be there.
const EMPTY: &str = "";

struct Shape {
    about: &'static str,
    dockerfile: &'static str,
    files: &'static [(&'static str, &'static str)],
    /// The assumptions that the plan rests on.
    assumes: &'static [&'static str],
    /// Lines of the runtime stage.
    has: &'static [&'static str],
    /// Parts of lines that the runtime stage must not have.
    lacks: &'static [&'static str],
}

const CSPROJ: (&str, &str) = (
    "Shop.csproj",
    "<Project Sdk=\"Microsoft.NET.Sdk.Web\">\n<PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup>\n</Project>\n",
);
const PROGRAM: (&str, &str) = (
    "Program.cs",
    "var app = WebApplication.CreateBuilder(args).Build();\n// Process.Start is not called\napp.MapGet(\"/\", () => \"hello\");\napp.Run();\n",
);

const COMPOSER: (&str, &str) = (
    "composer.json",
    "{\"require\": {\"laravel/framework\": \"^10.0\"}, \"scripts\": {\"post-autoload-dump\": [\"Illuminate\\\\Foundation\\\\ComposerScripts::postAutoloadDump\", \"@php artisan package:discover --ansi\"]}}\n",
);
const COMPOSER_LOCK: (&str, &str) =
    ("composer.lock", "{\"packages\": [{\"name\": \"laravel/framework\"}], \"packages-dev\": []}\n");
const PAGE: (&str, &str) =
    ("public/index.php", "<?php\n// exec('git') is not called\n$pdo->exec('x'); curl_exec($c);\n");

const GEMFILE: (&str, &str) = ("Gemfile", "source \"https://rubygems.org\"\ngem \"rails\"\ngem \"pg\"\n");
const GEMFILE_LOCK: (&str, &str) = (
    "Gemfile.lock",
    "GEM\n  remote: https://rubygems.org/\n  specs:\n    pg (1.5.4)\n    puma (6.4.0)\n    rails (7.1.2)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  pg\n  rails\n",
);
const MODEL: (&str, &str) =
    ("app/models/item.rb", "# `git log` is not called\nclass Item; def system_name; end; end\n");

const MIX: (&str, &str) =
    ("mix.exs", "defmodule Hello.MixProject do\n  def project, do: [app: :hello, version: \"0.1.0\"]\nend\n");
const MIX_LOCK: (&str, &str) =
    ("mix.lock", "%{\n  \"phoenix\": {:hex, :phoenix, \"1.7.10\", \"a\", [:mix], [], \"hexpm\", \"b\"},\n}\n");
const MODULE: (&str, &str) = ("lib/hello.ex", "defmodule Hello do\n  # System.cmd is not called\nend\n");

const SHAPES: &[Shape] = &[
    Shape {
        about: "a release: tools that pack the assets, the build tool's own parts and git stay behind",
        dockerfile: "FROM elixir:1.15\nRUN apt-get update && apt-get install -y build-essential git nodejs npm\nWORKDIR /app\n\
                     RUN mix local.hex --force && mix local.rebar --force\nENV MIX_ENV=prod\nCOPY mix.exs mix.lock ./\n\
                     RUN mix do deps.get --only prod, deps.compile\nCOPY . .\nRUN mix assets.deploy\nRUN mix compile && mix release\n\
                     CMD [\"_build/prod/rel/hello/bin/hello\", \"start\"]\n",
        files: &[MIX, MIX_LOCK, MODULE],
        assumes: &[],
        has: &["FROM elixir:1.15-slim", "COPY --from=builder /app /app"],
        lacks: &["nodejs", "npm", "git", "/root/.mix"],
    },
    Shape {
        about: "a release brings the virtual machine, and that the libraries of the image which it was made in",
        dockerfile: "FROM hexpm/elixir:1.15.7-erlang-26.1.2-debian-bookworm-20231009-slim\n\
                     RUN apt-get update && apt-get install -y build-essential git\nWORKDIR /app\n\
                     RUN mix local.hex --force && mix local.rebar --force\nENV MIX_ENV=prod\nCOPY . .\nRUN mix deps.get && mix release\n\
                     CMD [\"_build/prod/rel/hello/bin/hello\", \"start\"]\n",
        files: &[MIX, MIX_LOCK, MODULE],
        assumes: &[],
        has: &[
            "FROM debian:bookworm-20231009-slim",
            " && apt-get install -y --no-install-recommends ca-certificates libncurses6 openssl \\",
            "ENV LANG=C.UTF-8",
        ],
        lacks: &["git"],
    },
    Shape {
        about: "a release without a virtual machine, on an image that would have none",
        dockerfile: "FROM hexpm/elixir:1.15.7-erlang-26.1.2-debian-bookworm-20231009-slim\nWORKDIR /app\nENV MIX_ENV=prod\nCOPY . .\n\
                     RUN mix local.hex --force && mix deps.get && mix release\nCMD [\"_build/prod/rel/hello/bin/hello\", \"start\"]\n",
        files: &[("mix.exs", "releases: [hello: [include_erts: false]]\n"), MIX_LOCK, MODULE],
        assumes: &["assumed-command"],
        has: &[],
        lacks: &[],
    },
    Shape {
        about: "a task of the program, a package that no table knows, and a module that starts a program",
        dockerfile: "FROM elixir:1.15\nWORKDIR /app\nENV MIX_ENV=prod\nCOPY . .\nRUN mix local.hex --force && mix deps.get && mix gen.pages\n\
                     RUN mix release\nCMD [\"_build/prod/rel/hello/bin/hello\", \"start\"]\n",
        files: &[
            MIX,
            (
                "mix.lock",
                "%{\n  \"never_heard_of\": {:hex, :never_heard_of, \"1.0\", \"a\", [:mix], [], \"hexpm\", \"b\"},\n}\n",
            ),
            ("lib/hello.ex", "def version, do: System.cmd(\"git\", [\"--version\"])\n"),
        ],
        assumes: &["assumed-command", "assumed-subprocess", "assumed-libraries"],
        has: &["COPY --from=builder /app /app"],
        lacks: &[],
    },
    Shape {
        about: "a site with assets that were made ahead: the slim image with the driver's library",
        dockerfile: "FROM ruby:3.2-bookworm\nRUN apt-get update && apt-get install -y build-essential libpq-dev nodejs\n\
                     ENV RAILS_ENV=production BUNDLE_WITHOUT=development:test\nWORKDIR /app\nCOPY Gemfile Gemfile.lock ./\n\
                     RUN bundle install --jobs 4\nCOPY . .\nRUN bundle exec bootsnap precompile app/ lib/\n\
                     RUN SECRET_KEY_BASE=1 bundle exec rails assets:precompile\nCMD [\"rails\", \"server\", \"-b\", \"0.0.0.0\"]\n",
        files: &[GEMFILE, GEMFILE_LOCK, MODEL, ("config.ru", "run Rails.application\n")],
        assumes: &[],
        has: &[
            "FROM ruby:3.2-slim-bookworm",
            "RUN apt-get update && apt-get install -y libpq5 && rm -rf /var/lib/apt/lists/*",
            "COPY --from=builder /usr/local/bundle /usr/local/bundle",
            "COPY --from=builder /app /app",
        ],
        lacks: &["build-essential", "nodejs", "imagemagick", "/root"],
    },
    Shape {
        about: "a setting for this project alone is none of the user's home",
        dockerfile: "FROM ruby:3.2-slim\nRUN apt-get update && apt-get install -y build-essential\nWORKDIR /app\nCOPY Gemfile Gemfile.lock ./\n\
                     RUN bundle config set --local without 'development test' && bundle install\nCOPY . .\n\
                     CMD [\"bundle\", \"exec\", \"puma\"]\n",
        files: &[GEMFILE, GEMFILE_LOCK, MODEL],
        assumes: &[],
        has: &["COPY --from=builder /usr/local/bundle /usr/local/bundle"],
        lacks: &["/root"],
    },
    Shape {
        about: "a package that no table knows was compiled against a larger image",
        dockerfile: "FROM ruby:3.2\nWORKDIR /app\nCOPY Gemfile Gemfile.lock ./\nRUN bundle install\nCOPY . .\nCMD [\"bundle\", \"exec\", \"puma\"]\n",
        files: &[
            GEMFILE,
            ("Gemfile.lock", "GEM\n  specs:\n    never_heard_of (1.0)\n\nDEPENDENCIES\n  never_heard_of\n"),
            MODEL,
        ],
        assumes: &["assumed-libraries"],
        has: &[],
        lacks: &[],
    },
    Shape {
        about: "without a lock file any package may be installed",
        dockerfile: "FROM ruby:3.2\nWORKDIR /app\nCOPY Gemfile ./\nRUN bundle install\nCOPY . .\nCMD [\"bundle\", \"exec\", \"puma\"]\n",
        files: &[GEMFILE, MODEL],
        assumes: &["assumed-libraries"],
        has: &[],
        lacks: &[],
    },
    Shape {
        about: "a task of the program is run while building, and a source starts programs",
        dockerfile: "FROM ruby:3.2\nWORKDIR /app\nCOPY Gemfile Gemfile.lock ./\nRUN bundle install\nCOPY . .\nRUN bundle exec rake data:import\n\
                     CMD [\"bundle\", \"exec\", \"puma\"]\n",
        files: &[GEMFILE, GEMFILE_LOCK, ("app.rb", "puts `git --version`\n")],
        assumes: &["assumed-command", "assumed-subprocess"],
        has: &["COPY --from=builder /app /app"],
        lacks: &[],
    },
    Shape {
        about: "settings of a site name the directory of its pages",
        dockerfile: "FROM ruby:3.2-slim\nRUN apt-get update && apt-get install -y build-essential nginx\nWORKDIR /site\nCOPY . .\n\
                     RUN bundle install && bundle exec jekyll build\nCMD [\"nginx\", \"-g\", \"daemon off;\"]\n",
        files: &[
            GEMFILE,
            ("Gemfile.lock", "GEM\n  specs:\n    jekyll (4.3.2)\n\nDEPENDENCIES\n  jekyll\n"),
            ("_config.yml", "title: x\ndestination: /var/www/html\n"),
            ("index.md", EMPTY),
        ],
        assumes: &[],
        has: &["COPY --from=builder /var/www/html /var/www/html"],
        lacks: &["build-essential"],
    },
    Shape {
        about: "a framework's site on apache: extensions with their libraries, scripts of the framework, the document root",
        dockerfile: "FROM php:8.2-apache-bookworm\nRUN apt-get update && apt-get install -y build-essential git unzip zip libzip-dev libicu-dev\n\
                     RUN docker-php-ext-install zip intl\nCOPY --from=composer:2 /usr/bin/composer /usr/bin/composer\n\
                     ENV APACHE_DOCUMENT_ROOT=/var/www/html/public\n\
                     RUN sed -ri -e 's!/var/www/html!${APACHE_DOCUMENT_ROOT}!g' /etc/apache2/sites-available/*.conf && a2enmod rewrite\n\
                     WORKDIR /var/www/html\nCOPY . .\nRUN composer install --no-dev --optimize-autoloader\n\
                     RUN chown -R www-data:www-data storage bootstrap/cache\n",
        files: &[
            COMPOSER,
            COMPOSER_LOCK,
            PAGE,
            ("artisan", "<?php\n"),
            ("storage/.keep", EMPTY),
            ("bootstrap/cache/.keep", EMPTY),
        ],
        assumes: &[],
        has: &[
            "RUN apt-get update && apt-get install -y zip libzip4 libicu72 && rm -rf /var/lib/apt/lists/*",
            "COPY --from=builder /usr/local/lib/php/extensions /usr/local/lib/php/extensions",
            "COPY --from=builder /usr/local/etc/php/conf.d /usr/local/etc/php/conf.d",
            "RUN sed -ri -e 's!/var/www/html!${APACHE_DOCUMENT_ROOT}!g' /etc/apache2/sites-available/*.conf && a2enmod rewrite",
            "COPY --from=builder /var/www/html /var/www/html",
            "RUN chown -R www-data:www-data storage bootstrap/cache",
        ],
        lacks: &["git", "build-essential", "composer"],
    },
    Shape {
        about: "the package manager comes by its own installer, and caches are warmed by the framework's console",
        dockerfile: "FROM php:8.2-cli\nRUN apt-get update && apt-get install -y git unzip libpq-dev && docker-php-ext-install pdo_pgsql\n\
                     RUN php -r \"copy('https://getcomposer.org/installer', 'composer-setup.php');\" && \\\n    \
                     php composer-setup.php --install-dir=/usr/local/bin --filename=composer && php -r \"unlink('composer-setup.php');\"\n\
                     WORKDIR /app\nCOPY . .\nRUN composer install --no-dev && php bin/console cache:warmup\n\
                     CMD [\"php\", \"-S\", \"0.0.0.0:8000\", \"-t\", \"public\"]\n",
        files: &[
            (
                "composer.json",
                "{\"scripts\": {\"auto-scripts\": {\"cache:clear\": \"symfony-cmd\", \"assets:install %PUBLIC_DIR%\": \"symfony-cmd\"}, \"post-install-cmd\": [\"@auto-scripts\"]}}\n",
            ),
            ("bin/console", "<?php\n"),
            PAGE,
        ],
        assumes: &[],
        has: &[
            "RUN apt-get update && apt-get install -y libpq5 && rm -rf /var/lib/apt/lists/*",
            "COPY --from=builder /app /app",
        ],
        lacks: &["git", "libpq-dev"],
    },
    Shape {
        about: "a script of the project runs with every installation, and a page starts a program",
        dockerfile: "FROM php:8.2-apache\nRUN apt-get update && apt-get install -y build-essential git\n\
                     COPY --from=composer:2 /usr/bin/composer /usr/bin/composer\nWORKDIR /var/www/html\nCOPY . .\nRUN composer install\n",
        files: &[
            ("composer.json", "{\"scripts\": {\"post-install-cmd\": \"App\\\\Installer::run\"}}\n"),
            ("index.php", "<?php system('git --version');\n"),
        ],
        assumes: &["assumed-command", "assumed-subprocess"],
        has: &["RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*"],
        lacks: &["build-essential"],
    },
    Shape {
        about: "without its scripts an installation is known; a script of the project's own is not",
        dockerfile: "FROM php:8.2-cli\nRUN apt-get update && apt-get install -y build-essential\n\
                     COPY --from=composer:2 /usr/bin/composer /usr/bin/composer\nWORKDIR /app\nCOPY . .\nRUN composer install --no-scripts\n\
                     RUN composer run-script build\nCMD [\"php\", \"worker.php\"]\n",
        files: &[
            ("composer.json", "{\"scripts\": {\"post-install-cmd\": \"App\\\\Installer::run\", \"build\": \"x\"}}\n"),
            ("worker.php", "<?php\n"),
        ],
        assumes: &["assumed-command"],
        has: &["COPY --from=builder /app /app"],
        lacks: &[],
    },
    Shape {
        about: "the way of the editor's template: restored, built, published, run where it was published",
        dockerfile: "FROM mcr.microsoft.com/dotnet/sdk:8.0\nWORKDIR /src\nCOPY [\"Shop.csproj\", \"./\"]\nRUN dotnet restore \"Shop.csproj\"\n\
                     COPY . .\nRUN dotnet build \"Shop.csproj\" -c Release -o /app/build\n\
                     RUN dotnet publish \"Shop.csproj\" -c Release -o /app/publish /p:UseAppHost=false\nWORKDIR /app/publish\n\
                     ENTRYPOINT [\"dotnet\", \"Shop.dll\"]\n",
        files: &[CSPROJ, PROGRAM, ("appsettings.json", "{}\n")],
        assumes: &[],
        has: &["FROM mcr.microsoft.com/dotnet/aspnet:8.0", "COPY --from=builder /app/publish /app/publish"],
        lacks: &["/root", "builder /src"],
    },
    Shape {
        about: "it runs in the project's directory, whose settings it reads",
        dockerfile: "FROM mcr.microsoft.com/dotnet/sdk:8.0\nWORKDIR /App\nCOPY . ./\nRUN dotnet restore\nRUN dotnet publish -c Release -o out\n\
                     ENTRYPOINT [\"dotnet\", \"out/Shop.dll\"]\n",
        files: &[CSPROJ, PROGRAM, ("appsettings.json", "{}\n")],
        assumes: &[],
        has: &["COPY --from=builder /App /App"],
        lacks: &[],
    },
    Shape {
        about: "addresses that the larger image leaves open stay open",
        dockerfile: "FROM mcr.microsoft.com/dotnet/sdk:6.0\nWORKDIR /app\nCOPY . .\nRUN dotnet publish -c Release\n\
                     CMD [\"dotnet\", \"bin/Release/net6.0/publish/Shop.dll\"]\n",
        files: &[CSPROJ, PROGRAM],
        assumes: &[],
        has: &["ENV ASPNETCORE_URLS=\"\""],
        lacks: &[],
    },
    Shape {
        about: "cultures on alpine: the larger image has the library for them, and says so in a variable",
        dockerfile: "FROM mcr.microsoft.com/dotnet/sdk:8.0-alpine\nWORKDIR /src\nCOPY . .\n\
                     RUN dotnet publish -c Release -r linux-musl-x64 --self-contained true -p:PublishSingleFile=true -o /opt/shop\n\
                     WORKDIR /opt/shop\nENTRYPOINT [\"/opt/shop/Shop\"]\n",
        files: &[CSPROJ, PROGRAM],
        assumes: &[],
        has: &[
            "FROM mcr.microsoft.com/dotnet/aspnet:8.0-alpine",
            "ENV DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=false",
            "RUN apk add --no-cache icu-data-full icu-libs tzdata",
            "COPY --from=builder /opt/shop /opt/shop",
        ],
        lacks: &[],
    },
    Shape {
        about: "a driver opens a library that came with a tool of the larger image; a tool for migrations stays behind",
        dockerfile: "FROM mcr.microsoft.com/dotnet/sdk:8.0\nRUN dotnet tool install --global dotnet-ef\nENV PATH=\"$PATH:/root/.dotnet/tools\"\n\
                     WORKDIR /src\nCOPY . .\nRUN dotnet ef migrations bundle -o /app/efbundle\nRUN dotnet publish -c Release -o /app\nWORKDIR /app\n\
                     ENTRYPOINT [\"dotnet\", \"Shop.dll\"]\n",
        files: &[
            (
                "Shop.csproj",
                "<Project Sdk=\"Microsoft.NET.Sdk.Web\">\n<ItemGroup>\n<PackageReference Include=\"Npgsql\" Version=\"8.0.1\" />\n</ItemGroup>\n</Project>\n",
            ),
            PROGRAM,
        ],
        assumes: &[],
        has: &[" && apt-get install -y --no-install-recommends libgssapi-krb5-2 \\", "COPY --from=builder /app /app"],
        lacks: &["/root/.dotnet/tools /root", "builder /src"],
    },
    Shape {
        about: "pages are packed by tools of another language, which nothing calls",
        dockerfile: "FROM mcr.microsoft.com/dotnet/sdk:8.0\nRUN apt-get update && apt-get install -y nodejs npm\nWORKDIR /src\nCOPY . .\n\
                     RUN cd Client && npm ci && npm run build\nRUN dotnet publish Shop.csproj -c Release -o /app\nWORKDIR /app\n\
                     ENTRYPOINT [\"dotnet\", \"Shop.dll\"]\n",
        files: &[
            CSPROJ,
            PROGRAM,
            (
                "Client/package.json",
                "{\"scripts\": {\"build\": \"vite build --outDir ../wwwroot\"}, \"devDependencies\": {\"vite\": \"5\"}}\n",
            ),
            (
                "Client/package-lock.json",
                "{\"lockfileVersion\": 3, \"packages\": {\"node_modules/vite\": {\"version\": \"5.0.0\", \"dev\": true}}}\n",
            ),
        ],
        assumes: &[],
        has: &["COPY --from=builder /app /app"],
        lacks: &["nodejs", "npm", "builder /src"],
    },
    Shape {
        about: "a source starts a program and opens a file beside the sources",
        dockerfile: "FROM mcr.microsoft.com/dotnet/sdk:8.0\nWORKDIR /src\nCOPY . .\nRUN dotnet publish -c Release -o /app\nWORKDIR /app\n\
                     ENTRYPOINT [\"dotnet\", \"Shop.dll\"]\n",
        files: &[
            CSPROJ,
            ("Program.cs", "Process.Start(\"git\", \"clone x\");\nFile.ReadAllText(\"/src/seed.json\");\n"),
            ("seed.json", EMPTY),
        ],
        assumes: &["assumed-subprocess"],
        has: &["COPY --from=builder /src /src", " && apt-get install -y --no-install-recommends git \\"],
        lacks: &[],
    },
    Shape {
        about: "a path leads out of the directory that was published",
        dockerfile: "FROM mcr.microsoft.com/dotnet/sdk:8.0\nWORKDIR /app\nCOPY . .\nRUN dotnet publish -c Release -o /app/out\nWORKDIR /app/out\n\
                     ENTRYPOINT [\"dotnet\", \"Shop.dll\"]\n",
        files: &[CSPROJ, ("Program.cs", "File.ReadAllText(\"../seed.json\");\n"), ("seed.json", EMPTY)],
        assumes: &[],
        has: &["COPY --from=builder /app /app"],
        lacks: &[],
    },
    Shape {
        about: "a program runs while building, and nobody knows what it writes",
        dockerfile: "FROM mcr.microsoft.com/dotnet/sdk:8.0\nWORKDIR /src\nCOPY . .\nRUN dotnet run --project tools/Gen\n\
                     RUN dotnet publish Shop.csproj -c Release -o /app\nWORKDIR /app\nENTRYPOINT [\"dotnet\", \"Shop.dll\"]\n",
        files: &[CSPROJ, PROGRAM, ("tools/Gen/Gen.csproj", EMPTY), ("tools/Gen/Gen.cs", EMPTY)],
        assumes: &["assumed-command"],
        has: &[],
        lacks: &[],
    },
    Shape {
        about: "a project that is mounted into the image may use every tool of it",
        dockerfile: "FROM php:8.1-fpm-bullseye\nWORKDIR /data\nCOPY --from=composer:2.2 /usr/bin/composer /usr/bin/composer\n\
                     RUN apt-get update && apt-get install -y libzip-dev libicu-dev && docker-php-ext-install zip intl\n\
                     COPY php.ini /usr/local/etc/php/php.ini\n",
        files: &[("php.ini", "memory_limit = 1G\n")],
        assumes: &[],
        has: &["COPY --from=composer:2.2 /usr/bin/composer /usr/bin/composer"],
        lacks: &["libzip-dev"],
    },
];

/// The assumptions of a conversion and its runtime stage.
fn converted(shape: &Shape) -> Result<(Vec<&'static str>, String), String> {
    let context = MemoryContext::new(shape.files.iter().copied());
    let conversion = msb::convert(&Request::new(shape.dockerfile.as_bytes(), &context)).expect(shape.about);
    let Outcome::Convert(plan) = &conversion.outcome else { return Err(format!("{:?}", conversion.outcome)) };
    let mut assumes: Vec<&str> = plan.assumptions.iter().map(|reason| reason.rule.id).collect();
    assumes.dedup();
    assert_eq!(assumes.is_empty(), plan.applicability == Applicability::Safe, "{}", shape.about);
    let text = String::from_utf8(conversion.output.expect(shape.about)).expect(shape.about);
    let at = text.rfind("\nFROM ").expect(shape.about);
    Ok((assumes, text[at + 1..].to_owned()))
}

#[test]
fn what_is_documented_is_safe_and_what_is_guessed_is_not() {
    let mut wrong = Vec::new();
    for shape in SHAPES {
        let (assumes, stage) = match converted(shape) {
            Ok(found) => found,
            Err(answer) => {
                wrong.push(format!("{}: {answer}", shape.about));
                continue;
            }
        };
        if assumes != shape.assumes {
            wrong.push(format!("{}: it rests on {assumes:?}\n{stage}", shape.about));
        }
        for line in shape.has.iter().filter(|line| !stage.lines().any(|l| l == **line)) {
            wrong.push(format!("{}: no line `{line}` in\n{stage}", shape.about));
        }
        for part in shape.lacks.iter().filter(|part| stage.contains(*part)) {
            wrong.push(format!("{}: `{part}` in\n{stage}", shape.about));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What the server of an image runs inside is known only where its sources can be read.
#[test]
fn tools_stay_for_sources_that_are_known_by_name_only() {
    let dockerfile = "FROM php:8.2-apache\nRUN apt-get update && apt-get install -y git unzip build-essential\nWORKDIR /var/www/html\n\
                      COPY --from=composer:2 /usr/bin/composer /usr/bin/composer\nCOPY . .\nRUN composer install --no-dev\n";
    let files = || MemoryContext::new([COMPOSER, COMPOSER_LOCK]);
    let stage = |context: &dyn msb::context::BuildContext, expected: Applicability| {
        let conversion = msb::convert(&Request::new(dockerfile.as_bytes(), context)).expect("it parses");
        let Outcome::Convert(plan) = &conversion.outcome else { panic!("{:?}", conversion.outcome) };
        assert_eq!(plan.applicability, expected, "{:?}", plan.assumptions);
        let text = String::from_utf8(conversion.output.expect("it converts")).expect("it is text");
        text.split_once("\n\nFROM ").expect("there are two stages").1.to_owned()
    };
    let names = "index.php\nlib/history.php\n";
    let named = NamedContext::new(Box::new(files()), &Ignore::default(), names).expect("the names are read");
    // Composer leaves all the same, which somebody has to look at.
    assert!(stage(&named, Applicability::Unsafe).contains("git unzip"));
    let read = MemoryContext::new([COMPOSER, COMPOSER_LOCK, ("index.php", "<?php echo 1;\n")]);
    assert!(!stage(&read, Applicability::Safe).contains("git"));
}
