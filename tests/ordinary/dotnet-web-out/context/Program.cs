var builder = WebApplication.CreateBuilder(args);
var app = builder.Build();
app.UseStaticFiles();
app.MapGet("/countries", () => File.ReadAllText(Path.Combine(app.Environment.ContentRootPath, "Data", "countries.json")));
app.MapGet("/motd", (IConfiguration c) => c["Motd"]);
app.Run();
