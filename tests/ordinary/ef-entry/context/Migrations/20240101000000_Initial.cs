using Microsoft.EntityFrameworkCore.Migrations;
namespace Blog.Migrations;
public partial class Initial : Migration { protected override void Up(MigrationBuilder b) => b.CreateTable("Posts", t => new { Id = t.Column<int>(), Title = t.Column<string>() }); }
